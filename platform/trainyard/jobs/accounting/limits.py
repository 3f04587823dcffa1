"""Spending and runtime limits: a job is stopped before it exceeds its maximum cost or training time."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from trainyard.billing.models import Hold
from trainyard.billing.pricing.queries import rates_at
from trainyard.core.money import MICROSECONDS_PER_SECOND, usage_cost
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import funding
from trainyard.jobs.accounting.settlement import durable_before
from trainyard.jobs.lifecycle.stopping import ask_to_stop
from trainyard.jobs.models import Attempt, Job
from trainyard.pools.models import Worker
from trainyard_spec.states import DesiredState, Reason

MARGIN_MICROSECONDS = 2 * MICROSECONDS_PER_SECOND
"""What a job may still train between the reply that stops it and its last checkpoint: a few reports' time. Where a
limit is passed all the same, billing charges no more than it allows."""
MARGIN_FRACTION = 10
"""A short limit is not eaten up by the margin: at most a tenth of ``max_runtime_seconds``."""

OUT_OF_FUNDS = frozenset({Reason.CAP_REACHED, Reason.INSUFFICIENT_FUNDS, Reason.PAYMENT_OVERDUE})

_LEFT = F("amount_micros") - F("posted_micros")

LETS_GO: dict[str, Reason] = {
    Worker.State.DRAINING: Reason.DRAINED,
    Worker.State.QUARANTINED: Reason.QUARANTINED,
}
"""States in which a worker gives its jobs away, and what that is to them."""


def enforce_limits(*held: tuple[Attempt, Job], now: datetime) -> None:
    """Asks jobs to stop with a checkpoint when a limit is near or their worker gives them away. All rows are locked."""
    for attempt, job in held:
        if (reason := LETS_GO.get(attempt.worker.state)) is not None:
            _ask(job, reason, now=now)
    training = [(attempt, job) for attempt, job in held if attempt.training_started_at is not None]
    if training:
        _enforce(training, now=now)


def _enforce(training: Sequence[tuple[Attempt, Job]], *, now: datetime) -> None:
    """Enforces limits: jobs that have not begun to train use nothing yet, those near the end reserve more.

    In the order of their organizations, so that two who lock the books of several never wait for each other.
    """
    earlier = durable_before([attempt for attempt, _ in training])
    left = dict(Hold.across_tenants.filter(job_id__in=[job.id for _, job in training]).values_list("job_id", _LEFT))
    rates = rates_at({funding.rate_key(job) for _, job in training}, at=now)
    for attempt, job in sorted(training, key=lambda pair: pair[1].organization_id):
        # Not the job's own column: that is the time that its cap pays for, where this is less.
        longest = job.spec["limits"]["max_runtime_seconds"] * MICROSECONDS_PER_SECOND
        margin = min(MARGIN_MICROSECONDS, longest // MARGIN_FRACTION)
        price = rates[funding.rate_key(job)].per_slot_second
        unkept = attempt.trained_microseconds - attempt.settled_microseconds + margin
        kept = attempt.settled_microseconds - attempt.repeated_microseconds
        needed = usage_cost(microseconds=unkept, slots=job.slots, price_per_slot_second=price)
        if earlier.get(job.id, 0) + kept + unkept >= longest:
            _ask(job, Reason.MAX_RUNTIME, now=now)
        elif needed > left[job.id] and job.desired_reason not in OUT_OF_FUNDS:
            with tenant_scope(job.organization_id):
                reason = funding.missing(job, needed=needed, price=price, now=now)
            if reason is not None:
                _ask(job, reason, now=now)


def _ask(job: Job, reason: Reason, *, now: datetime) -> None:
    with tenant_scope(job.organization_id):
        ask_to_stop(job, desired=DesiredState.STOP_WITH_CHECKPOINT, reason=reason, now=now)
