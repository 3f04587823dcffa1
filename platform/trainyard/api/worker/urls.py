"""Routes of the worker protocol (see ``trainyard_spec.worker_protocol``)."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
