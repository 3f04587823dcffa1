"""Routes of training sessions in the worker protocol (see ``trainyard_spec.training_sessions``)."""

from django.urls import path

from trainyard.api.worker import training_sessions as views

STATE = "runs/<str:run_id>/states"

urlpatterns = [
    path("claim", views.ClaimView.as_view()),
    path("release", views.ReleaseView.as_view()),
    path("operations/<str:operation_id>/finish", views.FinishView.as_view()),
    path(STATE, views.StatesView.as_view()),
    path(f"{STATE}/<int:seq_id>/<str:name>", views.StateFileView.as_view()),
]
