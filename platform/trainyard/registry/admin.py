"""Operators' pages: models."""

from django.contrib import admin

from trainyard.core.admin_base import ReadOnlyAdmin
from trainyard.registry.models import Model


@admin.register(Model)
class ModelAdmin(ReadOnlyAdmin):
    list_display = ("id", "name", "organization", "task", "architecture", "parameters", "created_at", "deleted_at")
    list_filter = ("task", "architecture")
    list_select_related = ("organization",)
    search_fields = ("=id", "=job__id", "name", "=organization__id", "organization__name")
