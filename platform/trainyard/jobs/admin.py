"""Operators' pages: jobs and attempts, to look at."""

from django.contrib import admin

from trainyard.core.admin_base import ReadOnlyAdmin, ReadOnlyInline, money
from trainyard.jobs.models import Attempt, Job


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("fence", "worker", "state", "reason", "claimed_at", "training_started_at", "ended_at")


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
    inlines = (AttemptInline,)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("id", "job_id", "fence", "organization", "worker", "state", "reason", "claimed_at", "ended_at")
    list_filter = ("state", "reason")
    list_select_related = ("organization", "worker")
    search_fields = ("=id", "=job__id", "worker__name", "=organization__id", "organization__name")
