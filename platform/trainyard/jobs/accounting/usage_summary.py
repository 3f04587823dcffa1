"""Usage of an organization by day, and by pool, job or member: what a chart of it shows."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from trainyard.billing.models import UsageRecord
from trainyard.billing.queries import usage_records
from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.jobs.models import Job
from trainyard.tenants.queries import names_of_callers

MOST_GROUPS = 12
"""So many groups stand by themselves; the rest is told as one, without a key."""

GROUPINGS = ("pool", "job", "member")


@dataclass(frozen=True, slots=True)
class UsageGroup:
    """``key`` is the id of the pool, job or caller; empty for all that are not among the ``MOST_GROUPS`` largest."""

    key: str
    name: str
    amount_micros: int
    slot_seconds: float


@dataclass(frozen=True, slots=True)
class UsageOfDay:
    """What was booked for one group on one day, UTC."""

    day: date
    key: str
    amount_micros: int
    slot_seconds: float


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """``groups`` begin with what cost most; ``days`` are in order, and have rows only for what was used."""

    amount_micros: int
    slot_seconds: float
    groups: list[UsageGroup]
    days: list[UsageOfDay]


def usage_summary(*, by: str, start: datetime, end: datetime) -> UsageSummary:
    """Usage of the tenant in context booked in ``[start, end)``, by one of ``GROUPINGS``; in four queries."""
    records = _keyed(usage_records(start=start, end=end), by=by)
    totals = [_Sum(*row) for row in _summed(records, "key").order_by("-amount", "key")]
    shown, rest = totals[:MOST_GROUPS], totals[MOST_GROUPS:]
    names = _names(by, [row.key for row in shown])
    groups = [UsageGroup(row.key, names.get(row.key, row.key), row.amount, row.slot_seconds) for row in shown]
    if rest:
        groups.append(UsageGroup("", "", sum(row.amount for row in rest), sum(row.slot_seconds for row in rest)))
    return UsageSummary(
        amount_micros=sum(row.amount for row in totals),
        slot_seconds=sum(row.slot_seconds for row in totals),
        groups=groups,
        days=_days(records, known={row.key for row in shown}),
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    key: str
    amount: int
    slot_microseconds: int

    @property
    def slot_seconds(self) -> float:
        return self.slot_microseconds / MICROSECONDS_PER_SECOND


def _keyed(records: QuerySet[UsageRecord], *, by: str) -> QuerySet[UsageRecord]:
    if by == "pool":
        return records.annotate(key=F("price__pool_id"))
    if by == "job":
        return records.annotate(key=F("job_id"))
    creator = Job.objects.filter(id=OuterRef("job_id")).values("created_by")
    return records.annotate(key=Subquery(creator))


def _summed(records: QuerySet[UsageRecord], *keys: str) -> QuerySet[Any, Any]:
    slot_time = Sum((F("to_microseconds") - F("from_microseconds")) * F("slots"))
    return records.values_list(*keys).annotate(amount=Sum("amount_micros"), slot_time=slot_time)


def _days(records: QuerySet[UsageRecord], *, known: set[str]) -> list[UsageOfDay]:
    rows = _summed(records.annotate(day=TruncDate("created_at")), "day", "key").order_by("day", "key")
    found: dict[tuple[date, str], list[int]] = {}
    for day, key, amount, slot_time in rows:
        sums = found.setdefault((day, key if key in known else ""), [0, 0])
        sums[0] += amount
        sums[1] += slot_time
    return [
        UsageOfDay(day, key, amount, slot_time / MICROSECONDS_PER_SECOND)
        for (day, key), (amount, slot_time) in found.items()
    ]


def _names(by: str, keys: list[str]) -> dict[str, str]:
    if by == "member":
        return names_of_callers(keys)
    if by == "job":
        return dict(Job.objects.filter(id__in=keys).values_list("id", "name"))
    return dict(Job.objects.filter(pool_id__in=keys).values_list("pool_id", "pool__name").distinct().order_by())
