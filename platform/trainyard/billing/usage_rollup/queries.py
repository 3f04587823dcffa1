"""Sums of usage over any period: whole days and quarter-hours from the rollups, the rest from the records.

However many records there are, a query reads the rollup rows and the records of at most two partial quarter-hours.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncDate

from trainyard.billing.models import Hold, UsageRecord
from trainyard.billing.usage_rollup.models import DAY, QUARTER, DimensionRollup, UsageRollup

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SLOT_TIME = Sum((F("to_microseconds") - F("from_microseconds")) * F("slots"))
SUMS = {"amount": Sum("amount_micros"), "slot_time": Sum("slot_microseconds")}
RECORD_SUMS = {"amount": Sum("amount_micros"), "slot_time": SLOT_TIME}


class Dimension(StrEnum):
    """Dimensions by which usage can be grouped."""

    POOL = "pool"
    JOB = "job"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open interval ``[start, end)``; ``None`` means unbounded on that side."""

    start: datetime | None
    end: datetime | None

    def within(self, field: str) -> Q:
        """That a row's ``field`` is in it."""
        return Q(**{f"{field}__{edge}": at for edge, at in (("gte", self.start), ("lt", self.end)) if at is not None})


@dataclass(frozen=True, slots=True)
class KeySum:
    """Usage that was booked for one pool, job or member."""

    key: str
    amount_micros: int
    slot_microseconds: int


@dataclass(frozen=True, slots=True)
class UsageSum(KeySum):
    """Usage that was booked for one pool, job or member on ``day``."""

    day: date


def totals(span: Span) -> tuple[int, int]:
    """Micro-units and slot-microseconds that the tenant in context was billed for in ``span``."""
    stretches, rest = _parts(span, longest=DAY)
    amount, slot_time = 0, 0
    if stretches:
        sums = UsageRollup.objects.filter(stretches).aggregate(**SUMS)
        amount, slot_time = sums["amount"] or 0, sums["slot_time"] or 0
    if rest:
        sums = UsageRecord.objects.filter(rest).aggregate(**RECORD_SUMS)
        amount, slot_time = amount + (sums["amount"] or 0), slot_time + (sums["slot_time"] or 0)
    return amount, slot_time


def largest(span: Span, *, by: Dimension, most: int) -> list[KeySum]:
    """The ``most`` pools, jobs or members of the tenant in context that cost most in ``span``; what costs most first.

    Whoever is among them is among the largest of the rollup, or has records beside it.
    """
    stretches, rest = _parts(span, longest=DAY)
    found: dict[str, list[int]] = {}
    if rest:
        _add(found, _records(by).filter(rest).values_list("by").annotate(**RECORD_SUMS))
    if stretches:
        rolled = _rolled(by).filter(stretches).values_list("by").annotate(**SUMS)
        beside = list(found)
        _add(found, rolled.exclude(by__in=beside).order_by("-amount", "by")[:most])
        if beside:
            _add(found, rolled.filter(by__in=beside))
    sums = [KeySum(key, amount, slot_time) for key, (amount, slot_time) in found.items()]
    return sorted(sums, key=lambda each: (-each.amount_micros, each.key))[:most]


def by_day(
    span: Span, *, by: Dimension = Dimension.POOL, zone: str = "UTC", keys: Collection[str] | None = None
) -> list[UsageSum]:
    """Usage of the tenant in context booked in ``span``, by day as ``zone`` (an IANA name) has them, and ``by``.

    Of ``keys`` alone, where they are given.
    """
    stretches, rest = _parts(span, longest=DAY if zone == "UTC" else QUARTER)
    wanted = Q() if keys is None else Q(by__in=keys)
    found: dict[tuple[date, str], list[int]] = {}
    if stretches:
        rolled = _rolled(by).filter(stretches, wanted)
        _add(found, _on_days(rolled, "starts_at", zone).annotate(**SUMS), keyed_by=2)
    if rest:
        records = _records(by).filter(rest, wanted)
        _add(found, _on_days(records, "created_at", zone).annotate(**RECORD_SUMS), keyed_by=2)
    return [UsageSum(key, amount, slot_time, day=day) for (day, key), (amount, slot_time) in sorted(found.items())]


def _rolled(by: Dimension) -> QuerySet[Any]:
    if by == Dimension.POOL:
        return UsageRollup.objects.annotate(by=F("pool_id"))
    return DimensionRollup.objects.filter(dimension=by).annotate(by=F("key"))


def _records(by: Dimension) -> QuerySet[Any]:
    creator = Hold.objects.filter(job_id=OuterRef("job_id")).values("created_by")
    keys = {
        Dimension.POOL: F("price__pool_id"),
        Dimension.JOB: F("job_id"),
        Dimension.MEMBER: Coalesce(Subquery(creator), Value("")),
    }
    records: QuerySet[Any] = UsageRecord.objects.annotate(by=keys[by])
    return records


def _on_days(rows: QuerySet[Any], field: str, zone: str) -> QuerySet[Any, Any]:
    on_days: QuerySet[Any, Any] = rows.annotate(day=TruncDate(field, tzinfo=ZoneInfo(zone))).values_list("day", "by")
    return on_days


def _add(found: dict[Any, list[int]], rows: Iterable[tuple[Any, ...]], *, keyed_by: int = 1) -> None:
    """Adds ``rows``, which end with the two sums, to those that are ``keyed_by`` so many columns."""
    for *columns, amount, slot_time in rows:
        sums = found.setdefault(tuple(columns) if keyed_by > 1 else columns[0], [0, 0])
        sums[0] += amount
        sums[1] += slot_time


def _parts(span: Span, *, longest: timedelta) -> tuple[Q | None, Q | None]:
    """Which rows of a rollup, and which records, make up ``span`` without gap or overlap."""
    quarters, rest = _split(span, QUARTER)
    if quarters is None:
        return None, _any(each.within("created_at") for each in rest)
    if longest == QUARTER:
        return _stretches(QUARTER, quarters), _any(each.within("created_at") for each in rest)
    days, edges = _split(quarters, DAY)
    whole = [] if days is None else [_stretches(DAY, days)]
    stretches = _any([*whole, *(_stretches(QUARTER, each) for each in edges)])
    return stretches, _any(each.within("created_at") for each in rest)


def _split(span: Span, step: timedelta) -> tuple[Span | None, list[Span]]:
    """The longest span of whole ``step``s within ``span``, if there is one, and what is left at its edges."""
    first = None if span.start is None else _next(span.start, step)
    last = None if span.end is None else EPOCH + (span.end - EPOCH) // step * step
    if first is not None and last is not None and first >= last:
        return None, [span]
    edges = [Span(span.start, first), Span(last, span.end)]
    return Span(first, last), [edge for edge in edges if edge.start != edge.end]


def _next(at: datetime, step: timedelta) -> datetime:
    try:
        return EPOCH - (EPOCH - at) // step * step
    except OverflowError:  # the last step before the end of time
        return datetime.max.replace(tzinfo=UTC)


def _stretches(length: timedelta, span: Span) -> Q:
    return Q(seconds=int(length.total_seconds())) & span.within("starts_at")


def _any(conditions: Iterable[Q]) -> Q | None:
    found = None
    for condition in conditions:
        found = condition if found is None else found | condition
    return found
