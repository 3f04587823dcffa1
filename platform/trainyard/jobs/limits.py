"""Stopping a job before it passes what it may cost or train."""

from datetime import datetime

from django.db.models import Sum

from trainyard.billing.models import Hold
from trainyard.billing.queries import price_at
from trainyard.core.money import MICROSECONDS_PER_SECOND, usage_cost
from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.stopping import ask_to_stop
from trainyard.pools.models import Worker
from trainyard_spec.states import DesiredState, Reason

MARGIN_MICROSECONDS = 2 * MICROSECONDS_PER_SECOND
"""What a job may still train between the reply that stops it and its last checkpoint: a few reports' time. Where a
limit is passed all the same, billing charges no more than the cap."""
MARGIN_FRACTION = 10
"""A short limit is not eaten up by the margin: at most a tenth of ``max_runtime_seconds``."""

LETS_GO: dict[str, Reason] = {
    Worker.State.DRAINING: Reason.DRAINED,
    Worker.State.QUARANTINED: Reason.QUARANTINED,
}
"""States in which a worker gives its jobs away, and what that is to them."""


def enforce(job: Job, attempt: Attempt, *, now: datetime) -> None:
    """Asks a job to stop with a checkpoint when a limit is near or its worker gives it away. Both rows are locked."""
    for reason in (LETS_GO.get(attempt.worker.state), _limit_reached(job, attempt, now=now)):
        if reason is not None:
            ask_to_stop(job, desired=DesiredState.STOP_WITH_CHECKPOINT, reason=reason, now=now)


def _limit_reached(job: Job, attempt: Attempt, *, now: datetime) -> Reason | None:
    if attempt.training_started_at is None:
        return None
    longest = job.spec["limits"]["max_runtime_seconds"] * MICROSECONDS_PER_SECOND
    margin = min(MARGIN_MICROSECONDS, longest // MARGIN_FRACTION)
    unkept = attempt.trained_microseconds - attempt.kept_microseconds + margin
    if _kept_microseconds(job) + unkept >= longest:
        return Reason.MAX_RUNTIME
    price = price_at(pool_id=job.pool_id, at=now).per_slot_second
    unbilled = usage_cost(microseconds=unkept, slots=job.slots, price_per_slot_second=price)
    if unbilled > Hold.objects.get(job_id=job.id).left_micros:
        return Reason.CAP_REACHED
    return None


def _kept_microseconds(job: Job) -> int:
    return Attempt.objects.filter(job=job).aggregate(total=Sum("kept_microseconds"))["total"] or 0
