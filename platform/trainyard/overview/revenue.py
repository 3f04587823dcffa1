"""Revenue: what training was billed, by day, pool and organization."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum
from django.db.models.functions import TruncDate

from trainyard.billing.models import UsageRecord

MOST_ORGANIZATIONS = 20


@dataclass(frozen=True, slots=True)
class DayOfPool:
    """What was booked on a day, UTC, for training in one pool."""

    day: date
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
    days: list[DayOfPool]
    customers: list[Customer]


def revenue(*, start: datetime, end: datetime) -> Revenue:
    """Usage booked in ``[start, end)``; amounts of different currencies are never added up."""
    booked = UsageRecord.across_tenants.filter(created_at__gte=start, created_at__lt=end)
    by_day = (
        booked.annotate(day=TruncDate("created_at"))
        .values_list("day", "price__pool__name", "price__currency")
        .annotate(total=Sum("amount_micros"))
        .order_by("day", "price__pool__name", "price__currency")
    )
    by_customer = (
        booked.values_list("organization_id", "organization__name", "price__currency")
        .annotate(total=Sum("amount_micros"))
        .order_by("-total", "organization_id")
    )
    days = [DayOfPool(*row) for row in by_day]
    totals: dict[str, int] = {}
    for row in days:
        totals[row.currency] = totals.get(row.currency, 0) + row.micros
    return Revenue(totals, days, [Customer(*row) for row in by_customer[:MOST_ORGANIZATIONS]])
