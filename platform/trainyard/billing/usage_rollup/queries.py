"""Sums of usage over any period: whole days and quarters of an hour from the rollup, the rest from the records.

However many records there are, what is read is the rollup's rows and the records of two parts of a quarter of an hour.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q, Sum
from django.db.models.functions import TruncDate

from trainyard.billing.models import UsageRecord
from trainyard.billing.usage_rollup.models import DAY, QUARTER, UsageRollup

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SLOT_TIME = Sum((F("to_microseconds") - F("from_microseconds")) * F("slots"))


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)``; ``None`` is without an end on that side."""

    start: datetime | None
    end: datetime | None

    def within(self, field: str) -> Q:
        """That a row's ``field`` is in it."""
        return Q(**{f"{field}__{edge}": at for edge, at in (("gte", self.start), ("lt", self.end)) if at is not None})


@dataclass(frozen=True, slots=True)
class UsageSum:
    """What was booked for ``pool_id`` on ``day``."""

    day: date
    pool_id: str
    amount_micros: int
    slot_microseconds: int


def totals(span: Span) -> tuple[int, int]:
    """Micro-units and slot-microseconds that the tenant in context was billed for in ``span``."""
    stretches, rest = _parts(span, longest=DAY)
    amount, slot_time = 0, 0
    if stretches:
        rolled = UsageRollup.objects.filter(stretches)
        sums = rolled.aggregate(amount=Sum("amount_micros"), slot_time=Sum("slot_microseconds"))
        amount, slot_time = sums["amount"] or 0, sums["slot_time"] or 0
    if rest:
        sums = UsageRecord.objects.filter(rest).aggregate(amount=Sum("amount_micros"), slot_time=SLOT_TIME)
        amount, slot_time = amount + (sums["amount"] or 0), slot_time + (sums["slot_time"] or 0)
    return amount, slot_time


def by_day_and_pool(span: Span, *, zone: str = "UTC") -> list[UsageSum]:
    """Usage of the tenant in context booked in ``span``, by day as ``zone`` (an IANA name) has them, and pool."""
    stretches, rest = _parts(span, longest=DAY if zone == "UTC" else QUARTER)
    found: dict[tuple[date, str], list[int]] = {}
    for day, pool_id, amount, slot_time in _rows(stretches, rest, ZoneInfo(zone)):
        sums = found.setdefault((day, pool_id), [0, 0])
        sums[0] += amount
        sums[1] += slot_time
    return [UsageSum(*key, *found[key]) for key in sorted(found)]


def _rows(stretches: Q | None, rest: Q | None, zone: ZoneInfo) -> Iterator[tuple[date, str, int, int]]:
    if stretches:
        rolled = UsageRollup.objects.filter(stretches).values_list(TruncDate("starts_at", tzinfo=zone), "pool_id")
        yield from rolled.annotate(amount=Sum("amount_micros"), slot_time=Sum("slot_microseconds"))
    if rest:
        records = UsageRecord.objects.filter(rest)
        keyed = records.values_list(TruncDate("created_at", tzinfo=zone), "price__pool_id")
        yield from keyed.annotate(amount=Sum("amount_micros"), slot_time=SLOT_TIME)


def _parts(span: Span, *, longest: timedelta) -> tuple[Q | None, Q | None]:
    """Which rows of the rollup, and which records, make up ``span`` without gap or overlap."""
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
