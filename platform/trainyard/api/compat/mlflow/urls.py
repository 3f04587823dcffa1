"""Routes of MLflow's tracking API, below the address that ``MLFLOW_TRACKING_URI`` names."""

from django.urls import path

from trainyard.api.compat.mlflow import views

urlpatterns = [
    path("api/2.0/mlflow/experiments/get-by-name", views.ExperimentByNameView.as_view()),
    path("api/2.0/mlflow/experiments/get", views.ExperimentView.as_view()),
    path("api/2.0/mlflow/experiments/search", views.ExperimentSearchView.as_view()),
    path("api/2.0/mlflow/runs/get", views.RunView.as_view()),
    path("api/2.0/mlflow/runs/search", views.RunSearchView.as_view()),
    path("api/2.0/mlflow/metrics/get-history", views.MetricHistoryView.as_view()),
    path("api/2.0/mlflow/logged-models/search", views.LoggedModelSearchView.as_view()),
    path("api/2.0/mlflow-artifacts/artifacts", views.ArtifactsView.as_view()),
    path("api/2.0/mlflow-artifacts/artifacts/<path:path>", views.ArtifactView.as_view()),
    path("<path:path>", views.AnyOtherCallView.as_view()),
]
