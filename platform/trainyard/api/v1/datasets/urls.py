"""Routes of datasets."""

from django.urls import path

from trainyard.api.v1.datasets import import_views, views

_VERSION = "datasets/<str:dataset_id>/versions/<str:version>"

urlpatterns = [
    path("datasets", views.DatasetsView.as_view()),
    path("datasets/<str:dataset_id>", views.DatasetView.as_view()),
    path("datasets/<str:dataset_id>/versions", views.DatasetVersionsView.as_view()),
    path("datasets/<str:dataset_id>/imports", import_views.DatasetImportsView.as_view()),
    path("datasets/<str:dataset_id>/imports/<str:import_id>", import_views.DatasetImportView.as_view()),
    path(_VERSION, views.DatasetVersionView.as_view()),
    path(f"{_VERSION}/difference", views.DatasetDifferenceView.as_view()),
    path(f"{_VERSION}/preview", views.DatasetPreviewView.as_view()),
]
