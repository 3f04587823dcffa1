"""Routes of the caller and its organization."""

from django.urls import path

from trainyard.api.v1.organization import views

urlpatterns = [
    path("me", views.MeView.as_view()),
    path("organization", views.OrganizationView.as_view()),
    path("members", views.MembersView.as_view()),
    path("api-keys", views.ApiKeysView.as_view()),
    path("api-keys/<str:key_id>", views.ApiKeyView.as_view()),
    path("api-keys/<str:key_id>/rotate", views.ApiKeyRotateView.as_view()),
    path("audit-events", views.AuditEventsView.as_view()),
]
