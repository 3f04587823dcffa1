"""Stopping a job before it passes what it may cost or train."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Sum

from trainyard.billing.models import Hold
from trainyard.billing.queries import price_at
from trainyard.core.money import MICROSECONDS_PER_SECOND, usage_cost
from trainyard.core.tenancy import tenant_scope
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


def enforce(*held: tuple[Attempt, Job], now: datetime) -> None:
    """Asks jobs to stop with a checkpoint when a limit is near or their worker gives them away. All rows are locked."""
    reached = _limits_reached(held, now=now)
    for attempt, job in held:
        for reason in (LETS_GO.get(attempt.worker.state), reached.get(attempt.id)):
            if reason is not None:
                with tenant_scope(job.organization_id):
                    ask_to_stop(job, desired=DesiredState.STOP_WITH_CHECKPOINT, reason=reason, now=now)


def _limits_reached(held: Collection[tuple[Attempt, Job]], *, now: datetime) -> dict[str, Reason]:
    """The limits that attempts are about to pass, by attempt id; those that have not begun to train use nothing yet."""
    training = [(attempt, job) for attempt, job in held if attempt.training_started_at is not None]
    if not training:
        return {}
    earlier = _kept_earlier([attempt for attempt, _ in training])
    holds = Hold.across_tenants.in_bulk([job.id for _, job in training])
    prices = {pool_id: price_at(pool_id=pool_id, at=now) for pool_id in {job.pool_id for _, job in training}}
    reached = {}
    for attempt, job in training:
        # Not the job's own column: that is the time that its cap pays for, where this is less.
        longest = job.spec["limits"]["max_runtime_seconds"] * MICROSECONDS_PER_SECOND
        margin = min(MARGIN_MICROSECONDS, longest // MARGIN_FRACTION)
        price = prices[job.pool_id].per_slot_second
        unkept = attempt.trained_microseconds - attempt.settled_microseconds + margin
        billed = attempt.settled_microseconds - attempt.repeated_microseconds
        if earlier.get(job.id, 0) + billed + unkept >= longest:
            reached[attempt.id] = Reason.MAX_RUNTIME
        elif usage_cost(microseconds=unkept, slots=job.slots, price_per_slot_second=price) > holds[job.id].left_micros:
            reached[attempt.id] = Reason.CAP_REACHED
    return reached


def _kept_earlier(attempts: Collection[Attempt]) -> dict[str, int]:
    """What the attempts before these were billed, in microseconds by job; a job's first attempt asks for nothing."""
    later = [attempt for attempt in attempts if attempt.fence > 1]
    if not later:
        return {}
    others = Attempt.across_tenants.filter(job__in=[attempt.job_id for attempt in later])
    others = others.exclude(id__in=[attempt.id for attempt in later])
    billed = F("kept_microseconds") - F("repeated_microseconds")
    kept = others.filter(kept_microseconds__gt=F("repeated_microseconds"))
    return dict(kept.order_by().values_list("job_id").annotate(total=Sum(billed)))
