"""Routes of OpenAI's API, below the URL in ``OPENAI_BASE_URL``; none ends in a slash."""

from django.urls import path

from trainyard.api.compat.openai import file_views, fine_tuning_views, model_views
from trainyard.api.compat.openai.views_base import AnyOtherCallView

JOB = "v1/fine_tuning/jobs/<str:fine_tuning_id>"

urlpatterns = [
    path("v1/files", file_views.FilesView.as_view()),
    path("v1/files/<str:file_id>", file_views.FileView.as_view()),
    path("v1/files/<str:file_id>/content", file_views.FileContentView.as_view()),
    path("v1/fine_tuning/jobs", fine_tuning_views.JobsView.as_view()),
    path(JOB, fine_tuning_views.JobView.as_view()),
    path(f"{JOB}/cancel", fine_tuning_views.CancelView.as_view()),
    path(f"{JOB}/pause", fine_tuning_views.PauseView.as_view()),
    path(f"{JOB}/resume", fine_tuning_views.ResumeView.as_view()),
    path(f"{JOB}/events", fine_tuning_views.EventsView.as_view()),
    path(f"{JOB}/checkpoints", fine_tuning_views.CheckpointsView.as_view()),
    path("v1/models", model_views.ModelsView.as_view()),
    path("v1/models/<str:name>", model_views.ModelView.as_view()),
    path("v1/chat/completions", model_views.ChatView.as_view()),
    path("v1/completions", model_views.CompletionView.as_view()),
    path("v1/embeddings", model_views.EmbeddingsView.as_view()),
    path("<path:path>", AnyOtherCallView.as_view()),
]
