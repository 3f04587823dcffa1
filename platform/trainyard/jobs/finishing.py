"""How attempts end and where their jobs go from there."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from trainyard.billing import operations as billing
from trainyard.jobs.attempts import check_fence, lock
from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.transitions import move
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.states import AttemptState, DesiredState, JobState, Reason
from trainyard_spec.worker_protocol import CancelledOutcome, FailedOutcome, StoppedOutcome

logger = structlog.get_logger(__name__)

Outcome = StoppedOutcome | CancelledOutcome | FailedOutcome
Next = tuple[JobState, Reason]

INFRASTRUCTURE_RETRIES = 10
"""Attempts in a row that may be lost or fail through no fault of the user without one new checkpoint between them."""

END_OF_ATTEMPT = {
    "stopped": AttemptState.STOPPED,
    "cancelled": AttemptState.CANCELLED,
    "failed": AttemptState.FAILED,
}

_CANCELLED = (JobState.CANCELLED, Reason.USER)
_PAUSED = (JobState.PAUSED, Reason.USER)

AFTER_STOP: dict[tuple[str, str], Next] = {
    (DesiredState.RUN, ""): (JobState.QUEUED, Reason.DRAINED),
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.DRAINED): (JobState.QUEUED, Reason.DRAINED),
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.CAP_REACHED): (JobState.PAUSED, Reason.CAP_REACHED),
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.MAX_RUNTIME): (JobState.PAUSED, Reason.MAX_RUNTIME),
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.USER): _PAUSED,
    (DesiredState.CANCEL, Reason.USER): _CANCELLED,
}
"""Where a job goes that stopped cleanly, by what was wanted of it; a worker that shuts down stops unasked."""

AFTER_LOSS: dict[tuple[str, str], Next] = {
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.USER): _PAUSED,
    (DesiredState.CANCEL, Reason.USER): _CANCELLED,
}
"""Where a job goes whose attempt was lost or failed without its fault; all others are queued again."""

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
        _fail(attempt, job, outcome.failure, now=now)
    else:
        to, reason = AFTER_STOP[job.desired, job.desired_reason]
        _end(attempt, job, state=state, to=to, reason=reason, now=now)


def lose(attempt: Attempt, job: Job, *, now: datetime) -> None:
    """Ends an attempt whose worker is gone. Both rows are locked."""
    _go_on(attempt, job, state=AttemptState.LOST, reason=Reason.WORKER_LOST, now=now)


def end_attempt(attempt: Attempt, *, state: AttemptState, reason: str, now: datetime) -> None:
    attempt.state, attempt.reason, attempt.ended_at = state, reason, now
    attempt.save(update_fields=["state", "reason", "ended_at"])


def _fail(attempt: Attempt, job: Job, failure: Failed, *, now: datetime) -> None:
    error = {"code": failure.code, "message": failure.message, "hint": failure.hint}
    if failure.fault == Fault.INFRASTRUCTURE:
        _go_on(attempt, job, state=AttemptState.FAILED, reason=Reason.INFRASTRUCTURE, now=now, error=error)
        return
    to, reason = (JobState.FAILED, Reason.USER_FAULT) if job.desired != DesiredState.CANCEL else _CANCELLED
    _end(attempt, job, state=AttemptState.FAILED, to=to, reason=reason, now=now, error=error)


def _go_on(
    attempt: Attempt,
    job: Job,
    *,
    state: AttemptState,
    reason: Reason,
    now: datetime,
    error: dict[str, Any] | None = None,
) -> None:
    """Queues the job again, unless something else was wanted of it or it has come this way too often."""
    failures = job.infrastructure_failures + 1
    to, why = AFTER_LOSS.get((job.desired, job.desired_reason), (JobState.QUEUED, reason))
    if to == JobState.QUEUED and failures > INFRASTRUCTURE_RETRIES:
        to = JobState.FAILED
        error = {
            "code": str(reason),
            "message": f"{failures} attempts in a row ended through no fault of the job, without a new checkpoint.",
            "hint": "Tell the operator; time after the last checkpoint is not billed.",
        }
    _end(attempt, job, state=state, to=to, reason=why, now=now, error=error, infrastructure_failures=failures)


def _end(
    attempt: Attempt,
    job: Job,
    *,
    state: AttemptState,
    to: JobState,
    reason: Reason,
    now: datetime,
    error: dict[str, Any] | None = None,
    **set_: Any,
) -> None:
    end_attempt(attempt, state=state, reason=reason, now=now)
    if to == JobState.FAILED:
        set_["error"] = error
    data = {"attempt_id": attempt.id, "outcome": state, **({"error": error} if error else {})}
    move(job, to=to, reason=reason, now=now, data=data, **set_)
    if to in GIVES_BACK:
        billing.release_hold(job_id=job.id, now=now)
    logger.info("attempt_ended", job_id=job.id, attempt_id=attempt.id, state=state, job_state=to, reason=reason)
