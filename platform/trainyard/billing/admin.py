"""Django admin pages of prices and the ledger."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from trainyard.billing.models import Hold, LedgerAccount, LedgerEntry, LedgerTransaction, Price, UsageRecord
from trainyard.billing.pricing import operations
from trainyard.core.admin_base import OperatorAdmin, ReadOnlyAdmin, ReadOnlyInline, money
from trainyard.core.time import database_now

OF_ORGANIZATION = ("=organization__id", "organization__name")


@admin.register(Price)
class PriceAdmin(OperatorAdmin):
    """Prices can be added but neither changed nor deleted."""

    list_display = ("pool", "preemptible", "per_slot_second", "currency", "effective_from", "created_at")
    list_filter = ("pool", "preemptible", "currency")
    list_select_related = ("pool",)
    search_fields = ("=id", "pool__name")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = ("pool", "preemptible", "per_slot_second", "currency", "effective_from")
        return (*given, "created_at", "id") if obj else given

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "effective_from":
            kwargs |= {"required": False, "help_text": "In UTC. Empty: from now on. Never in the past."}
        elif db_field.name == "currency":
            kwargs |= {"required": False, "help_text": "Of ISO 4217. Empty: the platform's."}
        elif db_field.name == "preemptible":
            kwargs |= {"help_text": "For jobs that give way; without such a price they pay the on-demand one."}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        now = database_now()
        price = operations.set_price(
            pool_id=obj.pool_id,
            per_slot_second=obj.per_slot_second,
            effective_from=obj.effective_from or now,
            preemptible=obj.preemptible,
            currency=obj.currency or None,
            actor=str(request.user.pk),
            now=now,
        )
        obj.pk = price.pk


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("organization", "kind", money("balance_micros"), "currency")
    list_filter = ("kind",)
    list_select_related = ("organization",)
    search_fields = OF_ORGANIZATION


class LedgerEntryInline(ReadOnlyInline):
    model = LedgerEntry
    verbose_name_plural = "Entries"
    hide_title = True
    fields = (money("amount_micros"), "account")


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    list_display = ("id", "organization", "kind", "description", "job_id", "created_at")
    list_filter = ("kind",)
    list_select_related = ("organization",)
    search_fields = ("=id", "=job_id", *OF_ORGANIZATION)
    inlines = (LedgerEntryInline,)


@admin.register(UsageRecord)
class UsageRecordAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "organization",
        "job_id",
        "attempt_id",
        "slots",
        "seconds",
        money("amount_micros"),
        "billed_by",
        "created_at",
    )
    list_select_related = ("organization",)
    search_fields = ("=id", "=job_id", "=attempt_id", *OF_ORGANIZATION)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = (
        "job_id",
        "organization",
        money("cap_micros"),
        money("amount_micros"),
        money("posted_micros"),
        money("left_micros"),
        "currency",
        "released_at",
    )
    list_filter = (("released_at", admin.EmptyFieldListFilter),)
    list_select_related = ("organization",)
    search_fields = ("=job_id", *OF_ORGANIZATION)
