"""Django admin pages of pools, workers and enrolment tokens."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from trainyard.core.admin_base import OperatorAdmin, ReadOnlyAdmin
from trainyard.core.errors import TrainyardError
from trainyard.core.time import database_now
from trainyard.pools import operations
from trainyard.pools.models import EnrolmentToken, Pool, PoolQuota, Worker


@admin.register(Pool)
class PoolAdmin(OperatorAdmin):
    list_display = ("name", "slot_kind", "state", "preemptible", "id", "created_at")
    list_filter = ("slot_kind", "state", "preemptible")
    search_fields = ("name", "=id")
    readonly_fields = ("id", "created_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("name", "slot_kind", "preemptible")
        return ("name", "slot_kind", "state", "preemptible", "id", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "name", "slot_kind") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.revision += 1
            super().save_model(request, obj, form, change)
            return
        created = operations.create_pool(
            name=obj.name,
            slot_kind=obj.slot_kind,
            preemptible=obj.preemptible,
            actor=str(request.user.pk),
            now=database_now(),
        )
        obj.pk, obj.created_at = created.pk, created.created_at


@admin.register(PoolQuota)
class PoolQuotaAdmin(OperatorAdmin):
    list_display = ("organization", "pool", "weight", "guaranteed_slots", "max_running_jobs", "max_queued_jobs")
    list_filter = ("pool",)
    list_select_related = ("organization", "pool")
    search_fields = ("=organization__id", "organization__name")
    readonly_fields = ("used_slot_seconds", "used_at")
    fields = ("organization", "pool", *list_display[2:], *readonly_fields)
    autocomplete_fields = ("organization", "pool")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "organization", "pool") if obj else self.readonly_fields


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    list_display = (
        *("name", "pool", "state", "state_reason", "retest_at", "slots", "walls", "last_heartbeat_at"),
        *("registered_at", "id"),
    )
    list_filter = ("state", "pool")
    list_select_related = ("pool",)
    search_fields = ("name", "=id")
    exclude = ("token_sha256",)
    actions = ("cordon", "uncordon", "drain", "remove")

    @admin.display(description="sandbox")
    def walls(self, worker: Worker) -> str:
        return worker.sandbox["kind"] if worker.sandbox else "unknown"

    @admin.action(description="Cordon: take no new work")
    def cordon(self, request: HttpRequest, queryset: QuerySet[Worker]) -> None:
        self._each(request, queryset, operations.cordon_worker)

    @admin.action(description="Uncordon: take work again")
    def uncordon(self, request: HttpRequest, queryset: QuerySet[Worker]) -> None:
        self._each(request, queryset, operations.uncordon_worker)

    @admin.action(description="Drain: move its jobs elsewhere")
    def drain(self, request: HttpRequest, queryset: QuerySet[Worker]) -> None:
        self._each(request, queryset, operations.drain_worker)

    @admin.action(description="Remove: its credential ends for good")
    def remove(self, request: HttpRequest, queryset: QuerySet[Worker]) -> None:
        self._each(request, queryset, operations.remove_worker)

    def _each(self, request: HttpRequest, queryset: QuerySet[Worker], operation: Any) -> None:
        for worker in queryset:
            try:
                operation(worker_id=worker.id, actor=str(request.user.pk), now=database_now())
            except TrainyardError as error:
                messages.error(request, f"{worker.name}: {error.message}")


@admin.register(EnrolmentToken)
class EnrolmentTokenAdmin(ReadOnlyAdmin):
    list_display = ("id", "pool", "created_at", "expires_at", "used_at", "worker")
    list_filter = ("pool", ("used_at", admin.EmptyFieldListFilter))
    list_select_related = ("pool", "worker")
    search_fields = ("=id", "worker__name")
    exclude = ("token_sha256",)
