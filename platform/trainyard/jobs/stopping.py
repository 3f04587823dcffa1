"""Asking the worker that holds a job to let go of it."""

from datetime import datetime

from trainyard.jobs.models import Job
from trainyard.jobs.transitions import move, note
from trainyard_spec.states import DesiredState, JobState, Reason

STOP_ASKED = "stop_asked"

_RANK: dict[tuple[str, str], int] = {
    (DesiredState.RUN, ""): 0,
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.DRAINED): 1,
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.CAP_REACHED): 2,
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.MAX_RUNTIME): 2,
    (DesiredState.STOP_WITH_CHECKPOINT, Reason.USER): 3,
    (DesiredState.CANCEL, Reason.USER): 4,
}
"""Which wish outranks which when several meet: after a drain the job goes on, after a cap or a pause it waits."""


def ask_to_stop(job: Job, *, desired: DesiredState, reason: Reason, now: datetime) -> None:
    """Records the wish, which the worker reads in its next reply; a wish that ranks no higher changes nothing.

    ``job`` is locked by the caller's transaction and held by a worker.
    """
    if _RANK[desired, reason] <= _RANK[job.desired, job.desired_reason]:
        return
    wish = {"desired": desired, "desired_reason": reason}
    if job.state == JobState.STOPPING:
        note(job, event=STOP_ASKED, reason=reason, now=now, data={"desired": desired}, **wish)
    else:
        move(job, to=JobState.STOPPING, reason=reason, now=now, data={"desired": desired}, **wish)
