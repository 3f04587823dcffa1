"""State transitions of jobs: the only code that changes a job's state and appends to its events."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from trainyard.core import deferred_writes, domain_events
from trainyard.core.errors import Conflict
from trainyard.jobs.models import Event, Job
from trainyard.jobs.queue import notify_workers
from trainyard_spec.states import TERMINAL_STATES, TRANSITIONS, DesiredState, JobState, Reason
from trainyard_spec.webhook_events import WebhookEvent, event_of_transition

logger = structlog.get_logger(__name__)

STATE_CHANGED = "state_changed"


class TransitionNotAllowed(Conflict):
    """The state of the job does not allow this transition."""

    code = "transition_not_allowed"


class JobChanged(Conflict):
    """The job was changed since it was read."""

    code = "job_changed"


def move(
    job: Job, *, to: JobState, reason: Reason, now: datetime, data: dict[str, Any] | None = None, **set_: Any
) -> None:
    """Changes the state of ``job`` and the columns in ``set_`` and appends the event; queued, it is told to workers.

    Guarded by id, state and fence as ``job`` was read; on return ``job`` shows the change. Raises
    ``TransitionNotAllowed`` and ``JobChanged``.
    """
    came_from = JobState(job.state)
    if to not in TRANSITIONS[came_from]:
        raise TransitionNotAllowed(f"A job that is {came_from} cannot become {to}.")
    with transaction.atomic():
        _update(job, now=now, state=to, reason=reason, **(_on_entry(to, now) | set_))
        _append(job, event=STATE_CHANGED, reason=reason, now=now, data=data, from_state=came_from, to_state=to)
        announce(job, event_of_transition(came_from, to), now=now)
        if to == JobState.QUEUED:
            notify_workers.notify(job.pool, now=now)
    logger.info("job.state_changed", job_id=job.id, from_state=came_from, to_state=to, reason=reason, fence=job.fence)


def note(
    job: Job, *, event: str, now: datetime, reason: str = "", data: dict[str, Any] | None = None, **set_: Any
) -> None:
    """Appends an event that leaves the state as it is, and changes the columns in ``set_`` with it."""
    with transaction.atomic():
        _update(job, now=now, **set_)
        _append(job, event=event, reason=reason, now=now, data=data)


def announce(job: Job, event: WebhookEvent | None, *, now: datetime) -> None:
    """Tells whoever subscribes to ``event`` of ``job`` as it is now."""
    if event is None:
        return
    data = {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "reason": job.reason,
        "architecture": job.architecture,
        "task": job.task,
        "dataset_version": job.dataset_version_id,
        "step": job.step,
        "error": job.error,
    }
    domain_events.record(event, data=data, organization_id=job.organization_id, now=now)


def _on_entry(state: JobState, now: datetime) -> dict[str, Any]:
    if state in TERMINAL_STATES:
        return {"finished_at": now, "desired": DesiredState.RUN, "desired_reason": ""}
    if state in {JobState.QUEUED, JobState.PAUSED}:
        return {"desired": DesiredState.RUN, "desired_reason": "", "not_before": None}
    return {}


def _update(job: Job, *, now: datetime, **set_: Any) -> None:
    unchanged = Job.objects.filter(id=job.id, state=job.state, fence=job.fence)
    if unchanged.update(events_count=F("events_count") + 1, changed_at=now, **set_) != 1:
        raise JobChanged("The job has just changed.", hint="Read it again.")
    # The caller read the rest under the row's lock; a full refresh would also forget related rows.
    job.refresh_from_db(fields=["events_count", *set_])


def _append(job: Job, *, event: str, now: datetime, data: dict[str, Any] | None, **fields: Any) -> None:
    # The update above holds the row's lock: nobody else can take this sequence number.
    deferred_writes.insert(
        Event(
            job=job, sequence=job.events_count, fence=job.fence, type=event, data=data or {}, created_at=now, **fields
        )
    )
