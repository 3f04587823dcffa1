"""Routes of jobs."""

from django.urls import path

from trainyard.api.v1.jobs import detail_views, metric_views, stream, views

urlpatterns = [
    path("jobs", views.JobsView.as_view()),
    path("jobs/quote", views.QuoteView.as_view()),
    path("jobs/quote/measure", views.MeasureView.as_view()),
    path("jobs/cancel", views.BulkCancelView.as_view()),
    path("jobs/pause", views.BulkPauseView.as_view()),
    path("jobs/metrics", metric_views.JobsMetricsView.as_view()),
    path("jobs/<str:job_id>", views.JobView.as_view()),
    path("jobs/<str:job_id>/cancel", views.CancelJobView.as_view()),
    path("jobs/<str:job_id>/pause", views.PauseJobView.as_view()),
    path("jobs/<str:job_id>/resume", views.ResumeJobView.as_view()),
    path("jobs/<str:job_id>/events", detail_views.JobEventsView.as_view()),
    path("jobs/<str:job_id>/metrics", metric_views.JobMetricsView.as_view()),
    path("jobs/<str:job_id>/metrics/export", metric_views.JobMetricsExportView.as_view()),
    path("jobs/<str:job_id>/logs", detail_views.JobLogsView.as_view()),
    path("jobs/<str:job_id>/checkpoints", detail_views.JobCheckpointsView.as_view()),
    path("jobs/<str:job_id>/attempts", detail_views.JobAttemptsView.as_view()),
    path("jobs/<str:job_id>/usage", detail_views.JobUsageView.as_view()),
    path("jobs/<str:job_id>/queue", detail_views.JobQueueView.as_view()),
    path("jobs/<str:job_id>/stream", stream.JobStreamView.as_view()),
]
