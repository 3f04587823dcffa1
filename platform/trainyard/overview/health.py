"""Health of the platform: one check for each part that may fail, with its figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Min, QuerySet
from redis.exceptions import RedisError

from trainyard.core import scheduler_heartbeat
from trainyard.core.broker import broker
from trainyard.core.models import DomainEvent, OutboxMessage, PostponedItem
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Attempt
from trainyard.pools.models import Worker
from trainyard.registry.models import Prediction
from trainyard_spec.states import LIVE_ATTEMPT_STATES

LATE = timedelta(minutes=2)
"""What waits for longer than this is late: periodic tasks take such work up every few seconds."""


class HealthLevel(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Check:
    """``count`` is what the check counts, ``oldest`` since when the first of it stands there."""

    name: str
    level: HealthLevel
    count: int | None = None
    oldest: datetime | None = None
    details: tuple[str, ...] = ()


def platform_health(*, now: datetime) -> list[Check]:
    """All checks, in a fixed order."""
    return [check(now) for check in CHECKS]


def worst(checks: list[Check]) -> HealthLevel:
    """The level of the whole."""
    return max((check.level for check in checks), key=list(HealthLevel).index)


def _broker(now: datetime) -> Check:
    try:
        broker().ping()
    except RedisError:
        return Check("broker", HealthLevel.FAILING)
    return Check("broker", HealthLevel.OK)


def _periodic_tasks(now: datetime) -> Check:
    try:
        alive = scheduler_heartbeat.is_alive()
    except RedisError:
        alive = False
    return Check("periodic_tasks", HealthLevel.OK if alive else HealthLevel.FAILING)


def _workers(now: datetime) -> Check:
    enrolled = list(Worker.objects.enrolled().order_by("name").values_list("id", "name", "state"))
    up = set(Worker.objects.up(now=now).values_list("id", flat=True))
    ill = [name for id_, name, state in enrolled if id_ not in up or state == Worker.State.QUARANTINED]
    level = HealthLevel.OK if not ill else HealthLevel.FAILING if len(ill) == len(enrolled) else HealthLevel.WARNING
    return Check("workers", level, count=len(ill), details=tuple(ill[:20]))


def _leases(now: datetime) -> Check:
    expired = Attempt.across_tenants.filter(state__in=LIVE_ATTEMPT_STATES, lease_expires_at__lt=now - LATE)
    found = expired.aggregate(oldest=Min("lease_expires_at"))["oldest"]
    return Check("leases", HealthLevel.FAILING if found else HealthLevel.OK, count=expired.count(), oldest=found)


def _postponed(now: datetime) -> Check:
    items = PostponedItem.objects.order_by("-failures", "id")
    told = tuple(f"{item.reconciler} {item.item_id}: {item.error}" for item in items[:20])
    return Check("postponed_items", HealthLevel.WARNING if told else HealthLevel.OK, count=items.count(), details=told)


def _queue(
    name: str, rows: Callable[[], QuerySet[OutboxMessage] | QuerySet[DomainEvent] | QuerySet[DatasetVersion]]
) -> Callable[[datetime], Check]:
    def check(now: datetime) -> Check:
        waiting = rows()
        oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
        late = oldest is not None and oldest < now - LATE
        return Check(name, HealthLevel.WARNING if late else HealthLevel.OK, count=waiting.count(), oldest=oldest)

    return check


def _predictions(now: datetime) -> Check:
    waiting = Prediction.across_tenants.filter(finished_at=None)
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    late = oldest is not None and oldest < now - LATE
    return Check("predictions", HealthLevel.WARNING if late else HealthLevel.OK, count=waiting.count(), oldest=oldest)


def _checks() -> Iterator[Callable[[datetime], Check]]:
    yield from (_broker, _periodic_tasks, _workers, _leases)
    yield _queue("messages", OutboxMessage.objects.all)
    yield _queue("events", lambda: DomainEvent.objects.filter(fanned_out_at=None))
    validating = DatasetVersion.State.VALIDATING
    yield _queue("uploads", lambda: DatasetVersion.across_tenants.filter(state=validating))
    yield from (_predictions, _postponed)


CHECKS = tuple(_checks())
