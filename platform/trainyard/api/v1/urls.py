"""Routes of the public API: one package per resource."""

from django.urls import include, path

RESOURCES = (
    "organization",
    "datasets",
    "samples",
    "uploads",
    "tasks",
    "architectures",
    "jobs",
    "models",
    "billing",
    "webhooks",
    "notices",
    "admin",
)

urlpatterns = [path("", include(f"trainyard.api.v1.{resource}.urls")) for resource in RESOURCES]
