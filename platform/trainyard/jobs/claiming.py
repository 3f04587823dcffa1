"""A worker with a free slot takes a job."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, Sum, Window
from django.db.models.functions import RowNumber

from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.attempts import lease_from
from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.policy import Candidate, choose
from trainyard.jobs.queries import resume_points
from trainyard.jobs.transitions import move
from trainyard.pools.models import Worker
from trainyard.tenants.models import Organization
from trainyard_spec.files import FileEntry
from trainyard_spec.states import LIVE_ATTEMPT_STATES, JobState, Reason
from trainyard_spec.worker_protocol import Claim, ResumePoint

logger = structlog.get_logger(__name__)

CANDIDATES_PER_ORGANIZATION = 16
"""More than the first, because workers that claim at once pass over each other's choices."""


@transaction.atomic
def claim(*, worker: Worker, free_slots: int, now: datetime) -> Claim | None:
    """Gives ``worker`` the next job of its pool under a new fence and lease; ``None`` when there is nothing for it.

    The worker's row is locked first: its claims follow one another, so it never gets more than its slots.
    """
    claimer = Worker.objects.select_for_update(no_key=True).get(id=worker.id)
    if claimer.state != Worker.State.ACTIVE:
        return None
    free = min(free_slots, claimer.slots - _slots_taken(claimer))
    job = _take(pool_id=claimer.pool_id, free_slots=free, now=now)
    if job is None:
        return None
    with tenant_scope(job.organization_id):
        return _begin_attempt(job, worker=claimer, now=now)


def _slots_taken(worker: Worker) -> int:
    live = Attempt.across_tenants.filter(worker=worker, state__in=LIVE_ATTEMPT_STATES)
    return live.aggregate(total=Sum("job__slots"))["total"] or 0


def _take(*, pool_id: str, free_slots: int, now: datetime) -> Job | None:
    """The chosen job, locked. One that another worker has just locked or taken is passed over."""
    if free_slots < 1:
        return None
    candidates = _candidates(pool_id, now=now)
    running = _running_slots(pool_id) if candidates else {}
    while (chosen := choose(candidates.values(), running_slots=running, free_slots=free_slots)) is not None:
        free = Job.across_tenants.select_for_update(skip_locked=True, of=("self",), no_key=True)
        job = free.select_related("pool", "dataset_version").filter(id=chosen.job_id, state=JobState.QUEUED).first()
        if job is not None:
            return job
        del candidates[chosen.job_id]
    return None


def _candidates(pool_id: str, *, now: datetime) -> dict[str, Candidate]:
    place = Window(RowNumber(), partition_by=F("organization_id"), order_by=[F("priority").desc(), "queued_at", "id"])
    queued = Job.across_tenants.filter(
        pool_id=pool_id, state=JobState.QUEUED, organization__state=Organization.State.ACTIVE
    )
    queued = queued.exclude(not_before__gt=now)
    heads = queued.annotate(place=place).filter(place__lte=CANDIDATES_PER_ORGANIZATION)
    rows = heads.values_list("id", "organization_id", "priority", "slots", "queued_at")
    return {row[0]: Candidate(*row) for row in rows}


def _running_slots(pool_id: str) -> dict[str, int]:
    live = Attempt.across_tenants.filter(job__pool_id=pool_id, state__in=LIVE_ATTEMPT_STATES)
    return dict(live.values_list("organization_id").annotate(total=Sum("job__slots")).order_by())


def _begin_attempt(job: Job, *, worker: Worker, now: datetime) -> Claim:
    version = job.dataset_version
    fence = job.fence + 1
    attempt = Attempt(job=job, fence=fence, worker=worker, claimed_at=now, lease_expires_at=lease_from(now))
    move(
        job,
        to=JobState.STARTING,
        reason=Reason.CLAIMED,
        now=now,
        data={"attempt_id": attempt.id, "worker_id": worker.id},
        fence=fence,
    )
    attempt.save(force_insert=True)
    logger.info("job_claimed", job_id=job.id, attempt_id=attempt.id, worker_id=worker.id, fence=fence)
    points = [ResumePoint(step=c.step, files=tuple(c.files)) for c in resume_points(job.id, before_fence=fence)]
    return Claim(
        attempt_id=attempt.id,
        job_id=job.id,
        fence=fence,
        spec=job.spec,
        dataset_key=version.id,
        dataset_files=tuple(FileEntry.model_validate(entry) for entry in version.files),
        resume=points[0] if points else None,
        earlier=tuple(points[1:]),
    )
