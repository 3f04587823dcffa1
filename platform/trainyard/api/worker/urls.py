"""Routes of the worker protocol (see ``trainyard_spec.worker_protocol``)."""

from django.urls import include, path

from trainyard.api.worker import attempt_views, profiles, views

ATTEMPT = "attempts/<str:attempt_id>"

urlpatterns = [
    path("register", views.RegisterView.as_view()),
    path("heartbeat", views.HeartbeatView.as_view()),
    path("claim", views.ClaimView.as_view()),
    path(f"{ATTEMPT}/dataset/<str:name>", attempt_views.DatasetFileView.as_view()),
    path(f"{ATTEMPT}/start/<str:name>", attempt_views.StartFileView.as_view()),
    path(f"{ATTEMPT}/reports", attempt_views.ReportsView.as_view()),
    path(f"{ATTEMPT}/checkpoints/<int:step>/files/<str:name>", attempt_views.CheckpointFileView.as_view()),
    path(f"{ATTEMPT}/checkpoints", attempt_views.CheckpointsView.as_view()),
    path(f"{ATTEMPT}/model/<str:name>", attempt_views.ModelFileView.as_view()),
    path(f"{ATTEMPT}/finish", attempt_views.FinishView.as_view()),
    path("profiles/claim", profiles.ClaimView.as_view()),
    path("profiles/<str:profile_id>/dataset/<str:name>", profiles.DatasetFileView.as_view()),
    path("profiles/<str:profile_id>/start/<str:name>", profiles.StartFileView.as_view()),
    path("profiles/<str:profile_id>/finish", profiles.FinishView.as_view()),
    path("", include("trainyard.api.worker.prediction_urls")),
    path("training-sessions/", include("trainyard.api.worker.session_urls")),
]
