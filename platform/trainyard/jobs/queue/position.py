"""Queue position of a job: its place, why it waits, and its estimated start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from django.db.models import Count, F, Q, Sum

from trainyard.jobs import queries
from trainyard.jobs.models import Job
from trainyard.jobs.queue.candidates import waiting_job
from trainyard.jobs.queue.pool_state import rules, snapshot
from trainyard.jobs.scheduling.decision import decide
from trainyard.jobs.scheduling.estimates import JobsAhead, start_range
from trainyard.jobs.scheduling.state import PoolState
from trainyard.jobs.scheduling.wait_reasons import WaitCode, WaitReason, explain
from trainyard_spec.states import JobState

NOT_QUEUED = "The job does not wait in the queue."
RETRY = "After a fault the job waits a while before it is tried again."

WAITING_FOR: Mapping[WaitCode, str] = {
    WaitCode.NO_WORKER: "worker",
    WaitCode.NO_OPEN_WORKER: "worker",
    WaitCode.NO_SUITABLE_WORKER: "worker",
    WaitCode.STARTS: "claim",
}
"""What a job waits for by its first reason; with any other it waits for a slot."""


@dataclass(frozen=True, slots=True)
class EstimatedStart:
    """The earliest and the latest likely start."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """``position`` counts only the tenant's own jobs.

    ``estimated_start`` is None where it cannot be estimated, which the first of ``reasons`` explains.
    """

    state: str
    position: int | None = None
    waiting_for: str | None = None
    message: str = NOT_QUEUED
    reasons: Sequence[WaitReason] = ()
    estimated_start: EstimatedStart | None = None
    estimated_wait_seconds: int | None = None


def queue_position(*, job_id: str, now: datetime) -> QueuePosition:
    """Raises ``NotFound``."""
    job = queries.job(job_id)
    if job.state != JobState.QUEUED:
        return QueuePosition(state=job.state)
    ahead = _ahead_of(job)
    if job.not_before is not None and job.not_before > now:
        wait = ceil((job.not_before - now).total_seconds())
        return QueuePosition(job.state, ahead.jobs + 1, "retry", RETRY, estimated_wait_seconds=wait)
    state = snapshot(pool_id=job.pool_id, now=now)
    reasons = _reasons(job, state, ahead)
    estimate = _estimated_start(job, state, ahead)
    return QueuePosition(
        state=job.state,
        position=ahead.jobs + 1,
        waiting_for=WAITING_FOR.get(reasons[0].code, "slot"),
        message=" ".join(reason.sentence for reason in reasons),
        reasons=reasons,
        estimated_start=estimate,
        estimated_wait_seconds=None if estimate is None else ceil((estimate.latest - now).total_seconds()),
    )


def _ahead_of(job: Job) -> JobsAhead:
    earlier = Q(ranked_at__lt=job.ranked_at) | Q(ranked_at=job.ranked_at, id__lt=job.id)
    before = Job.objects.filter(earlier, pool_id=job.pool_id, state=JobState.QUEUED)
    found = before.aggregate(jobs=Count("id"), wanted=Sum("slots"), longest=Sum(F("slots") * F("max_runtime_seconds")))
    return JobsAhead(found["jobs"], found["wanted"] or 0, float(found["longest"] or 0))


def _reasons(job: Job, state: PoolState, ahead: JobsAhead) -> list[WaitReason]:
    if job.organization_id not in state.tenants:
        # A worker took the organization's last queued job, this one, a moment ago.
        return [WaitReason(WaitCode.STARTS, {})]
    return explain(state, decide(state, rules()), waiting_job(job), ahead=ahead.jobs)


def _estimated_start(job: Job, state: PoolState, ahead: JobsAhead) -> EstimatedStart | None:
    if job.organization_id not in state.tenants:
        return EstimatedStart(*[datetime.fromtimestamp(state.now, UTC)] * 2)
    found = start_range(state, rules(), waiting_job(job), ahead=ahead)
    if found is None or state.tenants[job.organization_id].max_running_jobs == 0:
        return None
    return EstimatedStart(*(datetime.fromtimestamp(at, UTC) for at in (found.earliest, found.latest)))
