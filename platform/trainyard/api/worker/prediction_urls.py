"""Routes of predictions, and of exports of models, in the worker protocol."""

from django.urls import path

from trainyard.api.worker import exports, predictions

urlpatterns = [
    path("predictions/claim", predictions.ClaimView.as_view()),
    path("predictions/<str:prediction_id>/model/<str:name>", predictions.ModelFileView.as_view()),
    path("predictions/<str:prediction_id>/parts", predictions.PartsView.as_view()),
    path("predictions/<str:prediction_id>/finish", predictions.FinishView.as_view()),
    path("exports/claim", exports.ClaimView.as_view()),
    path("exports/<str:export_id>/model/<str:name>", exports.ModelFileView.as_view()),
    path("exports/<str:export_id>/files/<path:name>", exports.ExportedFileView.as_view()),
    path("exports/<str:export_id>/finish", exports.FinishView.as_view()),
]
