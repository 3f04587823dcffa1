"""Ends of attempts, and the states that jobs move to, by the table in ``trainyard_spec.stop_rules``."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max

from trainyard.billing import holds
from trainyard.jobs.accounting import settlement
from trainyard.jobs.accounting.fair_share_usage import add_usage
from trainyard.jobs.lifecycle.attempts import check_fence, lock
from trainyard.jobs.lifecycle.stopping import stop_requested
from trainyard.jobs.lifecycle.transitions import move
from trainyard.jobs.models import Attempt, Checkpoint, Job
from trainyard.jobs.reconcile import worker_quarantine
from trainyard.pools.models import OUT_OF_SERVICE
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.states import AttemptState, JobState, Reason
from trainyard_spec.stop_rules import FAULTS, UNREQUESTED_STOP, Billed, StopRule
from trainyard_spec.worker_protocol import CancelledOutcome, FailedOutcome, StoppedOutcome

logger = structlog.get_logger(__name__)

Outcome = StoppedOutcome | CancelledOutcome | FailedOutcome

END_OF_ATTEMPT = {
    "stopped": AttemptState.STOPPED,
    "cancelled": AttemptState.CANCELLED,
    "failed": AttemptState.FAILED,
}

REASON_OF_FAULT: dict[Fault, Reason] = {
    Fault.USER: Reason.USER_FAULT,
    Fault.INFRASTRUCTURE: Reason.INFRASTRUCTURE,
    Fault.STORAGE: Reason.STORAGE,
    Fault.HANG: Reason.HANG,
}

GIVES_BACK = frozenset({JobState.PAUSED, JobState.CANCELLED, JobState.FAILED})
"""States in which nothing stays reserved."""


@transaction.atomic
def finish(*, attempt_id: str, fence: int, outcome: Outcome, now: datetime) -> None:
    """Ends an attempt that did not succeed. A repetition changes nothing. Raises ``StaleFence``."""
    attempt, job = lock(attempt_id)
    state = END_OF_ATTEMPT[outcome.outcome]
    if attempt.fence == fence and attempt.state == state:
        return
    check_fence(attempt, fence)
    if isinstance(outcome, FailedOutcome):
        fault = FAULTS[REASON_OF_FAULT[outcome.failure.fault]]
        attempt.error_code = outcome.failure.code
        worker_quarantine.quarantine_if_suspect(attempt, fault=fault, now=now)
        _break(attempt, job, state=state, fault=fault, error=_error_of(outcome.failure), now=now)
    else:
        rule = stop_requested(job) or UNREQUESTED_STOP
        _end(attempt, job, state=state, rule=rule, now=now)


def end_lost_attempt(attempt: Attempt, job: Job, *, now: datetime) -> None:
    """Ends an attempt whose lease expired or whose worker is gone. Both rows are locked."""
    _break(attempt, job, state=AttemptState.LOST, fault=FAULTS[Reason.WORKER_LOST], error=None, now=now)


def end_attempt(attempt: Attempt, job: Job, *, state: AttemptState, reason: str, now: datetime) -> None:
    """Ends an attempt; what it held counts as used. Both rows are locked, the books not yet.

    Not before its last checkpoint: callers read the time and then wait for the lock, which one may have had meanwhile.
    """
    stored = Checkpoint.objects.filter(attempt=attempt).aggregate(last=Max("created_at"))["last"]
    attempt.state, attempt.reason, attempt.ended_at = state, reason, max(now, stored or now)
    attempt.save(update_fields=["state", "reason", "error_code", "ended_at"])
    add_usage(attempt, job, now=attempt.ended_at)


def _break(
    attempt: Attempt, job: Job, *, state: AttemptState, fault: StopRule, error: dict[str, Any] | None, now: datetime
) -> None:
    """Ends an attempt by a fault, unless something stronger was wanted of the job anyway.

    What goes wrong on a worker that is out of service uses no retry and makes no job wait.
    """
    requested = stop_requested(job)
    if requested is not None and requested.rank > fault.rank:
        _end(attempt, job, state=state, rule=requested, now=now, error=error)
    elif fault.retry is None or attempt.worker.state in OUT_OF_SERVICE:
        _end(attempt, job, state=state, rule=fault, now=now, error=error)
    else:
        _retry(attempt, job, state=state, fault=fault, error=error, now=now)


def _retry(
    attempt: Attempt, job: Job, *, state: AttemptState, fault: StopRule, error: dict[str, Any] | None, now: datetime
) -> None:
    """Tries the job again after a while, or gives it up where that was tried too often."""
    assert fault.retry is not None  # noqa: S101  the caller looked
    failures = job.failures.get(fault.reason, 0) + 1
    counted: dict[str, Any] = {"failures": {**job.failures, fault.reason: failures}}
    if not fault.retry.allows(failures):
        kept = Checkpoint.objects.filter(job=job, pruned_at=None).exists()
        given_up = replace(fault, to=JobState.PAUSED if kept else JobState.FAILED)
        error = _gave_up(fault, failures, kept=kept)
        _end(attempt, job, state=state, rule=given_up, now=now, error=error, gave_up=True, **counted)
        return
    counted["not_before"] = now + timedelta(seconds=fault.retry.seconds_before(failures))
    _end(attempt, job, state=state, rule=fault, now=now, error=error, **counted)


def _end(
    attempt: Attempt,
    job: Job,
    *,
    state: AttemptState,
    rule: StopRule,
    now: datetime,
    error: dict[str, Any] | None = None,
    gave_up: bool = False,
    **set_: Any,
) -> None:
    to, reason = rule.to, rule.reason
    end_attempt(attempt, job, state=state, reason=reason, now=now)
    if rule.billed == Billed.TO_THE_LAST_REPORT:
        settlement.bill_reported(attempt, job, now=now)
    if to == JobState.FAILED or gave_up:
        set_["error"] = error
    data = {"attempt_id": attempt.id, "outcome": state, **({"error": error} if error else {})}
    if not_before := set_.get("not_before"):
        data["not_before"] = not_before.isoformat()
    move(job, to=to, reason=reason, now=now, data=data, **set_)
    if to in GIVES_BACK:
        holds.release_hold(job_id=job.id, now=now)
    logger.info("attempt.ended", job_id=job.id, attempt_id=attempt.id, state=state, job_state=to, reason=reason)


def _error_of(failure: Failed) -> dict[str, Any]:
    return {"code": failure.code, "message": failure.message, "hint": failure.hint}


def _gave_up(fault: StopRule, failures: int, *, kept: bool) -> dict[str, Any]:
    then = "Resume the job to go on from its last checkpoint once this is mended." if kept else "Submit the job again."
    return {
        "code": str(fault.reason),
        "message": f"{failures} attempts in a row ended so, without a new checkpoint: {fault.what}",
        "hint": f"Tell the operator. {then} Time after the last checkpoint is not billed.",
    }
