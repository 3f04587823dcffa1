"""Actions of users on a job: cancel, pause, resume."""

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from trainyard.billing import holds
from trainyard.billing.queries import job_cost
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError
from trainyard.core.money import MICROSECONDS_PER_SECOND, format_micros, usage_cost
from trainyard.jobs.accounting import funding, settlement
from trainyard.jobs.accounting.cost_limits import cap_micros, longest_seconds, stretch_micros
from trainyard.jobs.lifecycle.allowed_actions import JobAction, is_to_do
from trainyard.jobs.lifecycle.stopping import ask_to_stop
from trainyard.jobs.lifecycle.transitions import move
from trainyard.jobs.models import Job
from trainyard.jobs.queries import locked_job
from trainyard.jobs.queue.enqueue import ranked_at, refuse_full_queue
from trainyard_spec.states import HELD_BY_A_WORKER, DesiredState, JobState, Reason
from trainyard_spec.training import STRETCH_SECONDS, LimitsConfig


class LimitReached(Conflict):
    code = "limit_reached"


@transaction.atomic
def cancel(*, job_id: str, now: datetime) -> Job:
    """Ends a job for good, at once or as soon as its worker has let go. Cancelling again changes nothing.

    Raises ``NotFound`` and, when the job succeeded or failed, ``JobFinished``.
    """
    job = locked_job(job_id)
    if not is_to_do(JobAction.CANCEL, job):
        return job
    before = _steering(job)
    if job.state in HELD_BY_A_WORKER:
        ask_to_stop(job, desired=DesiredState.CANCEL, reason=Reason.USER_CANCELLED, now=now)
    else:
        move(job, to=JobState.CANCELLED, reason=Reason.USER_CANCELLED, now=now)
        holds.release_hold(job_id=job.id, now=now)
    _audit("job.cancel", job, before=before, now=now)
    return job


@transaction.atomic
def pause(*, job_id: str, now: datetime) -> Job:
    """Takes a job off the queue, or off its worker with a checkpoint. Pausing again changes nothing.

    What is held but not used goes back to the wallet as soon as the job is paused. Raises ``NotFound``,
    ``JobFinished`` and ``JobIsCancelling``.
    """
    job = locked_job(job_id)
    if not is_to_do(JobAction.PAUSE, job):
        return job
    before = _steering(job)
    if job.state in HELD_BY_A_WORKER:
        ask_to_stop(job, desired=DesiredState.STOP_WITH_CHECKPOINT, reason=Reason.USER_PAUSED, now=now)
    else:
        move(job, to=JobState.PAUSED, reason=Reason.USER_PAUSED, now=now)
        holds.release_hold(job_id=job.id, now=now)
    _audit("job.pause", job, before=before, now=now)
    return job


@transaction.atomic
def resume(
    *,
    job_id: str,
    now: datetime,
    max_cost_micros: int | None = None,
    max_runtime_seconds: int | None = None,
    auto_resume: bool | None = None,
) -> Job:
    """Queues a paused job again and reserves what it can still cost, under new limits where they are given.

    Raises ``NotFound``, ``JobNotPaused``, ``LimitReached`` when a limit that stopped the job is not raised, and
    billing's ``InsufficientFunds`` and ``QueueFull``.
    """
    job = locked_job(job_id)
    is_to_do(JobAction.RESUME, job)
    before = _steering(job)
    limits = _new_limits(
        job,
        max_cost=None if max_cost_micros is None else format_micros(max_cost_micros),
        max_runtime_seconds=max_runtime_seconds,
        auto_resume=auto_resume,
    )
    new, price = LimitsConfig.model_validate(limits), funding.price_of(job, now=now)
    cap = _new_cap_micros(job, new, price=price)
    _refuse_reached_limit(job, new=new, cap=cap, price=price)
    seconds = longest_seconds(new, price=price, slots=job.slots)
    _requeue(job, limits, cap_micros=cap, max_runtime_seconds=seconds, now=now)
    _, standing = funding.reserve(job, now=now)
    settlement.settle(job, now=now)
    refuse_full_queue(job.pool, queued=standing.queued_jobs, limit=standing.max_queued_jobs)
    _audit("job.resume", job, before=before, now=now)
    return job


def _requeue(job: Job, limits: dict[str, Any], *, cap_micros: int, max_runtime_seconds: int, now: datetime) -> None:
    move(
        job,
        to=JobState.QUEUED,
        reason=Reason.USER_RESUMED,
        now=now,
        data={"limits": limits},
        queued_at=now,
        ranked_at=ranked_at(queued_at=now, priority=job.priority),
        max_runtime_seconds=max_runtime_seconds,
        cap_micros=cap_micros,
        spec={**job.spec, "limits": limits},
        failures={},
        error=None,
    )


def _steering(job: Job) -> dict[str, Any]:
    """What a customer's call may change of a job."""
    return {"state": job.state, "desired": job.desired, "limits": job.spec["limits"]}


def _audit(action: str, job: Job, *, before: dict[str, Any], now: datetime) -> None:
    after = _steering(job)
    if after != before:
        audit.record(
            action=action, target=job.id, organization_id=job.organization_id, before=before, after=after, now=now
        )


def _new_limits(job: Job, **changes: Any) -> dict[str, Any]:
    return {**job.spec["limits"], **{name: value for name, value in changes.items() if value is not None}}


def _new_cap_micros(job: Job, limits: LimitsConfig, *, price: Decimal) -> int:
    """The most that the job may cost under new ``limits``: no more than its quote, and without ``max_cost`` no less
    than so far.
    """
    cap = cap_micros(limits, price=price, slots=job.slots)
    if limits.max_cost is None:
        cap = max(cap, job.cap_micros)
    return cap if job.quoted_micros is None else min(cap, job.quoted_micros)


def _refuse_reached_limit(job: Job, *, new: LimitsConfig, cap: int, price: Decimal) -> None:
    """Beyond what the job has used, its new limits must leave it a stretch; a limit that stopped it has to grow."""
    trained = math.ceil(settlement.durable_microseconds(job.id) / MICROSECONDS_PER_SECOND)
    longest = trained + STRETCH_SECONDS if trained else 1
    if job.reason == Reason.MAX_RUNTIME:
        longest = max(longest, job.spec["limits"]["max_runtime_seconds"] + 1)
    if new.max_runtime_seconds < longest:
        message = f"The job has trained for {trained} of its max_runtime_seconds ({new.max_runtime_seconds})."
        hint = f"Give a max_runtime_seconds of at least {longest}."
        errors = (FieldError("max_runtime_seconds", "limit_reached", message, hint),)
        raise LimitReached(message, hint=hint, errors=errors)
    billed, unsettled = job_cost(job_id=job.id).billed_micros, settlement.unsettled_microseconds(job.id)
    owed = usage_cost(microseconds=unsettled, slots=job.slots, price_per_slot_second=price)
    needed = billed + owed + stretch_micros(new, price=price, slots=job.slots)
    if job.reason == Reason.CAP_REACHED and funding.is_own_cap_reached(job):
        needed = max(needed, job.cap_micros + 1)
    if cap < needed and cap != job.quoted_micros:
        field = "max_runtime_seconds" if new.max_cost is None else "max_cost"
        message = f"The job has used {format_micros(billed + owed)} and may cost {format_micros(cap)}."
        hint = f"Give a max_cost of at least {format_micros(needed)}."
        raise LimitReached(message, hint=hint, errors=(FieldError(field, "limit_reached", message, hint),))
