"""Utilization: how many slots of each pool were taken, over time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from trainyard.core.ids import lowest_id
from trainyard.jobs.models import Attempt
from trainyard.pools.models import Pool, Worker
from trainyard_spec.states import LIVE_ATTEMPT_STATES

BUCKETS = 96
"""So many points has each series, whatever its length."""
LONGEST_ATTEMPT = timedelta(days=40)
"""A spec allows 30 days of training; older rows need not be looked at."""


@dataclass(frozen=True, slots=True)
class CapacityBucket:
    """``taken`` slots on average between ``at`` and the next bucket."""

    at: datetime
    taken: float


@dataclass(frozen=True, slots=True)
class PoolCapacity:
    """``slots`` are those of its workers that are up now, by ``workers`` in each state."""

    pool: Pool
    slots: int
    slots_taken: int
    workers: dict[str, int]
    workers_offline: int
    buckets: list[CapacityBucket]

    @property
    def utilization(self) -> float | None:
        """The part of its slots that is taken now; None where it has none."""
        return min(1.0, self.slots_taken / self.slots) if self.slots else None


def capacities(*, hours: int, now: datetime) -> list[PoolCapacity]:
    """Every pool over the last ``hours``, by name, in a fixed number of queries."""
    start = now - timedelta(hours=hours)
    width = (now - start) / BUCKETS
    taken: dict[str, list[float]] = {}
    for pool_id, slots, begin, end in _held(start=start):
        series = taken.setdefault(pool_id, [0.0] * BUCKETS)
        _pour(series, slots=slots, begin=(begin - start) / width, end=((end or now) - start) / width)
    now_taken = dict(_live().values_list("worker__pool_id").annotate(total=Sum("job__slots")).order_by())
    states, offline, up = _workers(now=now)
    return [
        PoolCapacity(
            pool=pool,
            slots=up.get(pool.id, 0),
            slots_taken=now_taken.get(pool.id, 0),
            workers=states.get(pool.id, {}),
            workers_offline=offline.get(pool.id, 0),
            buckets=[
                CapacityBucket(at=start + width * index, taken=slots)
                for index, slots in enumerate(taken.get(pool.id, [0.0] * BUCKETS))
            ],
        )
        for pool in Pool.objects.order_by("name")
    ]


def _live() -> QuerySet[Attempt]:
    return Attempt.across_tenants.filter(state__in=LIVE_ATTEMPT_STATES)


def _held(*, start: datetime) -> Iterable[tuple[str, int, datetime, datetime | None]]:
    """Pool, slots, begin and end of the attempts that held slots since ``start``; of those that hold them, no end."""
    recent = Attempt.across_tenants.filter(id__gte=lowest_id("att", at=start - LONGEST_ATTEMPT))
    overlapping = recent.filter(Q(ended_at__gte=start) | Q(state__in=LIVE_ATTEMPT_STATES))
    return overlapping.values_list("worker__pool_id", "job__slots", "claimed_at", "ended_at").order_by().iterator()


def _pour(series: list[float], *, slots: int, begin: float, end: float) -> None:
    """Adds ``slots`` held from ``begin`` to ``end``, in widths of a bucket, each bucket by the part that overlaps."""
    begin, end = max(begin, 0.0), min(end, float(len(series)))
    for index in range(int(begin), min(len(series), int(end) + 1)):
        series[index] += slots * max(0.0, min(end, index + 1.0) - max(begin, float(index)))


def _workers(*, now: datetime) -> tuple[dict[str, dict[str, int]], dict[str, int], dict[str, int]]:
    """By pool: workers that are up in each state, those that are not up, and the slots of those that take work."""
    up = Worker.objects.up(now=now)
    states: dict[str, dict[str, int]] = {}
    for pool_id, state, count in up.values_list("pool_id", "state").annotate(n=Count("id")).order_by():
        states.setdefault(pool_id, {})[state] = count
    enrolled = dict(Worker.objects.enrolled().values_list("pool_id").annotate(n=Count("id")).order_by())
    offline = {pool_id: count - sum(states.get(pool_id, {}).values()) for pool_id, count in enrolled.items()}
    slots = dict(up.values_list("pool_id").annotate(total=Sum("slots")).order_by())
    return states, offline, slots
