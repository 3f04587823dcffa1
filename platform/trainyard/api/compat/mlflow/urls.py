"""Routes of MLflow's tracking API, below the URL in ``MLFLOW_TRACKING_URI``."""

from django.urls import path

from trainyard.api.compat.mlflow import views, write_views

API = "api/2.0/mlflow"

urlpatterns = [
    path(f"{API}/experiments/get-by-name", views.ExperimentByNameView.as_view()),
    path(f"{API}/experiments/get", views.ExperimentView.as_view()),
    path(f"{API}/experiments/search", views.ExperimentSearchView.as_view()),
    path(f"{API}/experiments/create", write_views.CreateExperimentView.as_view()),
    path(f"{API}/experiments/update", write_views.RenameExperimentView.as_view()),
    path(f"{API}/experiments/delete", write_views.MarkExperimentView.as_view()),
    path(f"{API}/experiments/restore", write_views.MarkExperimentView.as_view(deletes=False)),
    path(f"{API}/experiments/set-experiment-tag", write_views.ExperimentTagView.as_view()),
    path(f"{API}/experiments/delete-experiment-tag", write_views.DeleteExperimentTagView.as_view()),
    path(f"{API}/runs/get", views.RunView.as_view()),
    path(f"{API}/runs/search", views.RunSearchView.as_view()),
    path(f"{API}/runs/create", write_views.CreateRunView.as_view()),
    path(f"{API}/runs/update", write_views.UpdateRunView.as_view()),
    path(f"{API}/runs/delete", write_views.MarkRunView.as_view()),
    path(f"{API}/runs/restore", write_views.MarkRunView.as_view(deletes=False)),
    path(f"{API}/runs/set-tag", write_views.RunTagView.as_view()),
    path(f"{API}/runs/delete-tag", write_views.DeleteRunTagView.as_view()),
    path(f"{API}/runs/log-metric", write_views.LogMetricView.as_view()),
    path(f"{API}/runs/log-parameter", write_views.LogParamView.as_view()),
    path(f"{API}/runs/log-batch", write_views.LogBatchView.as_view()),
    path(f"{API}/runs/log-inputs", write_views.LogInputsView.as_view()),
    path(f"{API}/metrics/get-history", views.MetricHistoryView.as_view()),
    path(f"{API}/logged-models/search", views.LoggedModelSearchView.as_view()),
    path("api/2.0/mlflow-artifacts/artifacts", views.ArtifactsView.as_view()),
    path("api/2.0/mlflow-artifacts/artifacts/<path:path>", views.ArtifactView.as_view()),
    path("<path:path>", views.AnyOtherCallView.as_view()),
]
