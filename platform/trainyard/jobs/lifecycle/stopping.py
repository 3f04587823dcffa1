"""Stop requests to the worker that holds a job."""

from datetime import datetime

from trainyard.jobs.lifecycle.transitions import move, note
from trainyard.jobs.models import Job
from trainyard_spec.states import DesiredState, JobState, Reason
from trainyard_spec.stop_rules import REQUESTED_STOPS, StopRule

STOP_ASKED = "stop_asked"


def stop_requested(job: Job) -> StopRule | None:
    """The stop that the worker which holds ``job`` has been asked for, if any."""
    return REQUESTED_STOPS.get((job.desired, job.desired_reason))


def ask_to_stop(job: Job, *, desired: DesiredState, reason: Reason, now: datetime) -> None:
    """Records the request, which the worker reads in its next reply; one that ranks no higher changes nothing.

    ``job`` is locked by the caller's transaction and held by a worker.
    """
    present = stop_requested(job)
    if present is not None and REQUESTED_STOPS[desired, reason].rank <= present.rank:
        return
    requested = {"desired": desired, "desired_reason": reason}
    if job.state == JobState.STOPPING:
        note(job, event=STOP_ASKED, reason=reason, now=now, data={"desired": desired}, **requested)
    else:
        move(job, to=JobState.STOPPING, reason=reason, now=now, data={"desired": desired}, **requested)
