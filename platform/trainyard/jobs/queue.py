"""Where a queued job stands and what it waits for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db.models import Q, Sum

from trainyard.jobs import queries
from trainyard.jobs.models import Attempt, Job
from trainyard.pools.models import Worker
from trainyard_spec.states import LIVE_ATTEMPT_STATES, JobState

MESSAGES = {
    None: "The job does not wait in the queue.",
    "worker": "No worker of the pool is up.",
    "slot": "Every slot of the pool is taken.",
    "retry": "After a fault the job waits a while before it is tried again.",
    "claim": "A slot is free; a worker takes the next job any moment.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """``position`` counts the tenant's own jobs alone. ``estimated_wait_seconds`` is None where nothing is known."""

    state: str
    position: int | None
    waiting_for: str | None
    estimated_wait_seconds: int | None = None

    @property
    def message(self) -> str:
        return MESSAGES[self.waiting_for]


def place_of(*, job_id: str, now: datetime) -> Place:
    """Raises ``NotFound``."""
    job = queries.job(job_id)
    if job.state != JobState.QUEUED:
        return Place(state=job.state, position=None, waiting_for=None)
    wait = _seconds_to_wait(job, now=now)
    waiting_for = "retry" if wait else _waiting_for(job, now=now)
    return Place(
        state=job.state,
        position=_ahead_of(job) + 1,
        waiting_for=waiting_for,
        estimated_wait_seconds=wait,
    )


def _ahead_of(job: Job) -> int:
    same_queue = Job.objects.filter(pool_id=job.pool_id, state=JobState.QUEUED)
    earlier = Q(priority=job.priority) & (Q(queued_at__lt=job.queued_at) | Q(queued_at=job.queued_at, id__lt=job.id))
    return same_queue.filter(Q(priority__gt=job.priority) | earlier).count()


def _seconds_to_wait(job: Job, *, now: datetime) -> int | None:
    """After a fault."""
    return ceil((job.not_before - now).total_seconds()) if job.not_before and job.not_before > now else None


def _waiting_for(job: Job, *, now: datetime) -> str:
    up_since = now - timedelta(seconds=settings.ENVIRONMENT.lease_seconds)
    workers = Worker.objects.filter(pool_id=job.pool_id, state=Worker.State.ACTIVE, last_heartbeat_at__gte=up_since)
    slots = workers.aggregate(total=Sum("slots"))["total"]
    if slots is None:
        return "worker"
    live = Attempt.across_tenants.filter(worker__in=workers, state__in=LIVE_ATTEMPT_STATES)
    taken = live.aggregate(total=Sum("job__slots"))["total"] or 0
    return "claim" if slots - taken >= job.slots else "slot"
