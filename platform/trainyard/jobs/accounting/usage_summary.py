"""Usage of an organization by day, and by pool, job or member, for a chart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from trainyard.billing.models import Hold
from trainyard.billing.usage_rollup.queries import Dimension, KeySum, Span, UsageSum, by_day, largest
from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.pools.models import Pool
from trainyard.tenants.queries import names_of_callers

MOST_GROUPS = 12
"""So many groups stand by themselves; the rest is told as one, without a key."""


@dataclass(frozen=True, slots=True)
class UsageGroup:
    """``key`` is the id of the pool, job or caller; empty for all that are not among the ``MOST_GROUPS`` largest."""

    key: str
    name: str
    amount_micros: int
    slot_seconds: float


@dataclass(frozen=True, slots=True)
class UsageOfDay:
    """Usage that was booked for one group on one day of the summary's time zone."""

    day: date
    key: str
    amount_micros: int
    slot_seconds: float


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """``groups`` are sorted by cost, highest first; ``days`` are in order and contain only days with usage."""

    amount_micros: int
    slot_seconds: float
    time_zone: str
    groups: list[UsageGroup]
    days: list[UsageOfDay]


def usage_summary(*, by: str, start: datetime, end: datetime, zone: str) -> UsageSummary:
    """Usage of the tenant in context booked in ``[start, end)``, by a ``Dimension``, on days of ``zone`` (IANA).

    It is read from rollups, in a fixed number of queries of few rows, however many records, jobs and members there are.
    """
    span, dimension = Span(start, end), Dimension(by)
    # All is read last: what is booked meanwhile is then of the others, of whom nothing is ever negative.
    groups = [each for each in largest(span, by=dimension, most=MOST_GROUPS) if each.key]
    shown = by_day(span, by=dimension, zone=zone, keys=[group.key for group in groups])
    whole = by_day(span, zone=zone)
    days = sorted([*shown, *_others(shown, whole)], key=lambda each: (each.day, each.key))
    names = _names(dimension, [group.key for group in groups])
    amount, slot_time = _sums(whole)
    return UsageSummary(
        amount_micros=amount,
        slot_seconds=slot_time / MICROSECONDS_PER_SECOND,
        time_zone=zone,
        groups=[
            UsageGroup(each.key, names.get(each.key, each.key), each.amount_micros, _seconds(each))
            for each in (*groups, *_rest(groups, amount=amount, slot_time=slot_time))
        ],
        days=[UsageOfDay(each.day, each.key, each.amount_micros, _seconds(each)) for each in days],
    )


def _seconds(of: KeySum) -> float:
    return of.slot_microseconds / MICROSECONDS_PER_SECOND


def _sums(of: Iterable[KeySum]) -> tuple[int, int]:
    found = list(of)
    return sum(each.amount_micros for each in found), sum(each.slot_microseconds for each in found)


def _rest(groups: list[KeySum], *, amount: int, slot_time: int) -> Iterator[KeySum]:
    """All that are not among ``groups``, of ``amount`` and ``slot_time`` together."""
    shown_amount, shown_time = _sums(groups)
    if (amount, slot_time) != (shown_amount, shown_time):
        yield KeySum("", amount - shown_amount, slot_time - shown_time)


def _others(shown: list[UsageSum], whole: list[UsageSum]) -> Iterator[UsageSum]:
    """What of each day is of nobody ``shown``."""
    left: dict[date, list[int]] = {}
    for sign, sums in ((1, whole), (-1, shown)):
        for each in sums:
            of_day = left.setdefault(each.day, [0, 0])
            of_day[0] += sign * each.amount_micros
            of_day[1] += sign * each.slot_microseconds
    for day, (amount, slot_time) in left.items():
        if amount or slot_time:
            yield UsageSum("", amount, slot_time, day=day)


def _names(by: Dimension, keys: list[str]) -> dict[str, str]:
    if by == Dimension.MEMBER:
        return names_of_callers(keys)
    if by == Dimension.JOB:
        named = Hold.objects.filter(job_id__in=keys).values_list("job_id", "job_name")
        return {job_id: name for job_id, name in named if name}
    return dict(Pool.objects.filter(id__in=keys).values_list("id", "name"))
