"""Routes of predictions in the worker protocol."""

from django.urls import path

from trainyard.api.worker import predictions

urlpatterns = [
    path("predictions/claim", predictions.ClaimView.as_view()),
    path("predictions/<str:prediction_id>/model/<str:name>", predictions.ModelFileView.as_view()),
    path("predictions/<str:prediction_id>/parts", predictions.PartsView.as_view()),
    path("predictions/<str:prediction_id>/finish", predictions.FinishView.as_view()),
]
