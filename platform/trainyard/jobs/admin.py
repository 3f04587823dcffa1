"""Django admin pages of jobs and attempts, read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from trainyard.core.admin_base import ReadOnlyAdmin, money
from trainyard.jobs.models import Attempt, Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "name",
        "organization",
        "state",
        "reason",
        "pool",
        "architecture",
        money("cap_micros"),
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "reason", "pool", "architecture", "task")
    list_select_related = ("organization", "pool")
    search_fields = ("=id", "name", "=organization__id", "organization__name")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_fields(request, obj), "attempts"]

    @admin.display
    def attempts(self, job: Job) -> str:
        """A link to the job's attempts. An inline form would ask Django for rows without a tenant."""
        return format_html('<a href="{}?q={}">{}</a>', reverse("admin:jobs_attempt_changelist"), job.pk, job.fence)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("id", "job_id", "fence", "organization", "worker", "state", "reason", "claimed_at", "ended_at")
    list_filter = ("state", "reason")
    list_select_related = ("organization", "worker")
    search_fields = ("=id", "=job__id", "worker__name", "=organization__id", "organization__name")
