"""Routes of Tinker's API, below the URL in ``TINKER_BASE_URL``."""

from django.urls import path

from trainyard.api.compat.tinker import rest_views, session_views, training_views, weights_views

API = "api/v1"
CHECKPOINT = f"{API}/training_runs/<str:model_id>/checkpoints/<str:kind>/<str:name>"

urlpatterns = [
    path(f"{API}/client/config", session_views.ConfigView.as_view()),
    path(f"{API}/client/dynamic_config", session_views.DynamicConfigView.as_view()),
    path(f"{API}/create_session", session_views.CreateSessionView.as_view()),
    path(f"{API}/session_heartbeat", session_views.SessionHeartbeatView.as_view()),
    path(f"{API}/telemetry", session_views.TelemetryView.as_view()),
    path(f"{API}/get_server_capabilities", session_views.CapabilitiesView.as_view()),
    path(f"{API}/create_model", training_views.CreateModelView.as_view()),
    path(f"{API}/get_info", training_views.InfoView.as_view()),
    path(f"{API}/forward_backward", training_views.ForwardBackwardView.as_view()),
    path(f"{API}/optim_step", training_views.OptimStepView.as_view()),
    path(f"{API}/retrieve_future", training_views.RetrieveFutureView.as_view()),
    path(f"{API}/save_weights", weights_views.SaveWeightsView.as_view()),
    path(f"{API}/save_weights_for_sampler", weights_views.SaveForSamplerView.as_view()),
    path(f"{API}/load_weights", weights_views.LoadWeightsView.as_view()),
    path(f"{API}/create_sampling_session", weights_views.CreateSamplingSessionView.as_view()),
    path(f"{API}/asample", weights_views.SampleView.as_view()),
    path(f"{API}/training_runs", rest_views.RunsView.as_view()),
    path(f"{API}/training_runs/<str:model_id>", rest_views.RunView.as_view()),
    path(f"{API}/training_runs/<str:model_id>/checkpoints", rest_views.RunCheckpointsView.as_view()),
    path(CHECKPOINT, rest_views.CheckpointView.as_view()),
    path(f"{CHECKPOINT}/ttl", rest_views.CheckpointTtlView.as_view()),
    path(f"{CHECKPOINT}/files/<str:file>", rest_views.CheckpointFileView.as_view()),
    path(f"{API}/checkpoints", rest_views.CheckpointsView.as_view()),
    path(f"{API}/weights_info", rest_views.WeightsInfoView.as_view()),
    path(f"{API}/sessions", rest_views.SessionsView.as_view()),
    path(f"{API}/sessions/<str:session_id>", rest_views.SessionView.as_view()),
    path(f"{API}/sessions/<str:session_id>/finish", session_views.FinishSessionView.as_view()),
    path(f"{API}/samplers/<str:sampler_id>", rest_views.SamplerView.as_view()),
    path(f"{API}/billing/usage/events", rest_views.UsageEventsView.as_view()),
    path(f"{API}/auth/apikey/me", rest_views.WhoamiView.as_view()),
]
