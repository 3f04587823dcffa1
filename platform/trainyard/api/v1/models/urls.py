"""Routes of models."""

from django.urls import path

from trainyard.api.v1.models import evaluation_views, export_views, import_views, views

urlpatterns = [
    path("models", views.ModelsView.as_view()),
    path("models/import", import_views.ModelImportView.as_view()),
    path("models/<str:model_id>", views.ModelView.as_view()),
    path("models/<str:model_id>/files/<str:name>", views.ModelFileView.as_view()),
    path("models/<str:model_id>/evaluation", evaluation_views.EvaluationView.as_view()),
    path("models/<str:model_id>/test-rows", evaluation_views.TestRowsView.as_view()),
    path("models/<str:model_id>/predict", views.PredictView.as_view()),
    path("models/<str:model_id>/exports", export_views.ModelExportsView.as_view()),
    path("models/<str:model_id>/exports/<str:export_id>", export_views.ModelExportView.as_view()),
    path("models/<str:model_id>/exports/<str:export_id>/files/<path:name>", export_views.ModelExportFileView.as_view()),
]
