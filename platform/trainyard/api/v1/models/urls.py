"""Routes of models."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
