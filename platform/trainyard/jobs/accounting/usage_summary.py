"""Usage of an organization by day, and by pool, job or member: what a chart of it shows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from trainyard.billing.models import UsageRecord
from trainyard.billing.queries import usage_records
from trainyard.billing.usage_rollup import queries as rollup
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
    """Usage of the tenant in context booked in ``[start, end)``, by one of ``GROUPINGS``; in three queries at most.

    By pool it is read from the rollup, however many records there are.
    """
    by_day = list(_by_day(by, start, end))
    totals = sorted(_totals(by_day), key=lambda row: (-row.amount, row.key))
    shown, rest = totals[:MOST_GROUPS], totals[MOST_GROUPS:]
    names = _names(by, [row.key for row in shown])
    groups = [UsageGroup(row.key, names.get(row.key, row.key), row.amount, row.slot_seconds) for row in shown]
    if rest:
        groups.append(UsageGroup("", "", sum(row.amount for row in rest), sum(row.slot_seconds for row in rest)))
    return UsageSummary(
        amount_micros=sum(row.amount for row in totals),
        slot_seconds=sum(row.slot_seconds for row in totals),
        groups=groups,
        days=_days(by_day, known={row.key for row in shown}),
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    """Of all days, or of one."""

    key: str
    amount: int
    slot_microseconds: int
    day: date = date.min

    @property
    def slot_seconds(self) -> float:
        return self.slot_microseconds / MICROSECONDS_PER_SECOND


def _by_day(by: str, start: datetime, end: datetime) -> Iterator[_Sum]:
    """In the order of days."""
    if by == "pool":
        for row in rollup.by_day_and_pool(rollup.Span(start, end)):
            yield _Sum(row.pool_id, row.amount_micros, row.slot_microseconds, row.day)
        return
    records = _keyed(usage_records(start=start, end=end), by=by)
    rows = _summed(records.annotate(day=TruncDate("created_at")), "day", "key")
    for day, key, amount, slot_time in rows.order_by("day", "key"):
        yield _Sum(key, amount, slot_time, day)


def _keyed(records: QuerySet[UsageRecord], *, by: str) -> QuerySet[UsageRecord]:
    if by == "job":
        return records.annotate(key=F("job_id"))
    creator = Job.objects.filter(id=OuterRef("job_id")).values("created_by")
    return records.annotate(key=Subquery(creator))


def _summed(records: QuerySet[UsageRecord], *keys: str) -> QuerySet[Any, Any]:
    return records.values_list(*keys).annotate(amount=Sum("amount_micros"), slot_time=rollup.SLOT_TIME)


def _totals(by_day: Iterable[_Sum]) -> list[_Sum]:
    sums: dict[str, list[int]] = {}
    for row in by_day:
        added = sums.setdefault(row.key, [0, 0])
        added[0] += row.amount
        added[1] += row.slot_microseconds
    return [_Sum(key, amount, slot_time) for key, (amount, slot_time) in sums.items()]


def _days(by_day: Iterable[_Sum], *, known: set[str]) -> list[UsageOfDay]:
    found: dict[tuple[date, str], list[int]] = {}
    for row in by_day:
        sums = found.setdefault((row.day, row.key if row.key in known else ""), [0, 0])
        sums[0] += row.amount
        sums[1] += row.slot_microseconds
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
