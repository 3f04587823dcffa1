"""Operators' pages: datasets and their versions."""

from django.contrib import admin

from trainyard.core.admin_base import ReadOnlyAdmin
from trainyard.datasets.models import DatasetVersion


@admin.register(DatasetVersion)
class DatasetVersionAdmin(ReadOnlyAdmin):
    list_display = ("id", "dataset", "number", "organization", "state", "filename", "bytes", "rows", "created_at")
    list_filter = ("state",)
    list_select_related = ("organization", "dataset")
    search_fields = ("=id", "=dataset__id", "dataset__name", "=organization__id", "organization__name")
