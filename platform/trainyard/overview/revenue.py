"""Revenue: what was billed, by day, kind, pool and organization.

Its total is what the revenue accounts of all organizations gained: each charge stands in usage or metered usage, and
what takes one back in the ledger alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncDate

from trainyard.billing.models import LedgerAccount, LedgerEntry, LedgerTransaction, MeteredUsage, UsageRecord

MOST_ORGANIZATIONS = 20
TRAINING, CORRECTIONS = "training", "corrections"
KINDS = (TRAINING, *(str(kind) for kind in MeteredUsage.Kind), CORRECTIONS)
"""Corrections are credit notes and void invoices, below zero."""


@dataclass(frozen=True, slots=True)
class DayOfKind:
    """What was booked on a day, UTC, of one of ``KINDS``; training in one pool."""

    day: date
    kind: str
    pool: str
    currency: str
    micros: int


@dataclass(frozen=True, slots=True)
class Customer:
    """What an organization was billed in all."""

    id: str
    name: str
    currency: str
    micros: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """``customers`` are those that were billed most, at most ``MOST_ORGANIZATIONS``."""

    totals: dict[str, int]
    days: list[DayOfKind]
    customers: list[Customer]


def revenue(*, start: datetime, end: datetime) -> Revenue:
    """What was booked in ``[start, end)``, in four queries; amounts of different currencies are never added up."""
    days = sorted(
        [*_training(start, end), *_metered(start, end), *_corrections(start, end)],
        key=lambda row: (row.day, KINDS.index(row.kind), row.pool, row.currency),
    )
    totals: Counter[str] = Counter()
    for row in days:
        totals[row.currency] += row.micros
    customers = (
        _posted(start, end)
        .values_list("account__organization_id", "account__organization__name", "account__currency")
        .annotate(total=Sum("amount_micros"))
        .order_by("-total", "account__organization_id")
    )
    return Revenue(dict(totals), days, [Customer(*row) for row in customers[:MOST_ORGANIZATIONS]])


def _training(start: datetime, end: datetime) -> Iterator[DayOfKind]:
    booked = UsageRecord.across_tenants.filter(created_at__gte=start, created_at__lt=end)
    for day, *row in _by_day(booked, "created_at", "price__pool__name", "price__currency"):
        yield DayOfKind(day, TRAINING, *row)


def _metered(start: datetime, end: datetime) -> Iterator[DayOfKind]:
    booked = MeteredUsage.across_tenants.filter(created_at__gte=start, created_at__lt=end).exclude(amount_micros=0)
    for day, kind, *row in _by_day(booked, "created_at", "kind", "currency"):
        yield DayOfKind(day, kind, "", *row)


def _corrections(start: datetime, end: datetime) -> Iterator[DayOfKind]:
    booked = _posted(start, end).exclude(transaction__kind=LedgerTransaction.Kind.USAGE)
    for day, *row in _by_day(booked, "transaction__created_at", "account__currency"):
        yield DayOfKind(day, CORRECTIONS, "", *row)


def _posted(start: datetime, end: datetime) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(
        account__kind=LedgerAccount.Kind.REVENUE, transaction__created_at__gte=start, transaction__created_at__lt=end
    )


def _by_day(rows: QuerySet[Any], moment: str, *keys: str) -> QuerySet[Any, Any]:
    """Day, ``keys`` and the sum of their amounts."""
    days = rows.annotate(day=TruncDate(moment)).values_list("day", *keys)
    sums: QuerySet[Any, Any] = days.annotate(total=Sum("amount_micros")).order_by()
    return sums
