"""Routes of webhooks."""

from django.urls import path

from trainyard.api.v1.webhooks import views

_ENDPOINT = "webhooks/endpoints/<str:endpoint_id>"

urlpatterns = [
    path("webhooks/event-types", views.EventTypesView.as_view()),
    path("webhooks/endpoints", views.EndpointsView.as_view()),
    path(_ENDPOINT, views.EndpointView.as_view()),
    path(f"{_ENDPOINT}/rotate", views.RotateSecretView.as_view()),
    path(f"{_ENDPOINT}/test", views.TestEventView.as_view()),
    path(f"{_ENDPOINT}/replay", views.ReplayFailedView.as_view()),
    path(f"{_ENDPOINT}/deliveries", views.DeliveriesView.as_view()),
    path(f"{_ENDPOINT}/deliveries/<str:delivery_id>", views.DeliveryView.as_view()),
    path(f"{_ENDPOINT}/deliveries/<str:delivery_id>/replay", views.ReplayView.as_view()),
]
