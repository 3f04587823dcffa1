"""Claiming: a worker with free slots gets a job under a new fence and lease."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Sum

from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import funding
from trainyard.jobs.lifecycle.attempts import lease_from
from trainyard.jobs.lifecycle.transitions import move
from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.queries import resume_points
from trainyard.jobs.queue.candidates import claimable_jobs
from trainyard.jobs.queue.pool_state import claim_snapshot, rules
from trainyard.jobs.queue.running_limits import may_run_one_more
from trainyard.jobs.scheduling.decision import decide
from trainyard.jobs.scheduling.state import PoolState, WaitingJob
from trainyard.pools.models import Pool, Worker
from trainyard_spec.files import FileEntry
from trainyard_spec.states import LIVE_ATTEMPT_STATES, JobState, Reason
from trainyard_spec.worker_protocol import Claim, ResumePoint

logger = structlog.get_logger(__name__)


@transaction.atomic
def claim(*, worker: Worker, free_slots: int, now: datetime) -> Claim | None:
    """Gives ``worker`` the next job of its pool under a new fence and lease; ``None`` when there is nothing for it.

    The worker's row is locked first: its claims follow one another, so it never gets more than its slots. Then its
    pool's: claims of one pool follow one another, so that each sees what the last one did and no limit or share is
    passed. Where nothing waits, nobody waits.
    """
    claimer = Worker.objects.select_for_update(no_key=True).get(id=worker.id)
    if not claimer.takes_work:
        return None
    taken = _slots_taken(claimer)
    free = min(free_slots, claimer.slots - taken)
    if free < 1 or not claimable_jobs(claimer.pool_id, now=now).exists():
        return None
    Pool.objects.select_for_update(no_key=True).get(id=claimer.pool_id)
    state = claim_snapshot(claimer=claimer, releasing_slots=claimer.slots - taken - free, now=now)
    while (job := _take(state, claimer)) is not None:
        with tenant_scope(job.organization_id):
            # One that has no funds is queued no more, and the next is taken.
            if funding.may_start(job, now=now):
                if may_run_one_more(job.organization_id):
                    return _begin_attempt(job, worker=claimer, now=now)
                # Another pool was faster, since the snapshot.
                state = replace(state, queues=_without(state, job.organization_id))
    return None


def _slots_taken(worker: Worker) -> int:
    live = Attempt.across_tenants.filter(worker=worker, state__in=LIVE_ATTEMPT_STATES)
    return live.aggregate(total=Sum("job__slots"))["total"] or 0


def _take(state: PoolState, claimer: Worker) -> Job | None:
    """The job that the policy gives ``claimer``, locked. One that somebody is just changing is passed over."""
    while (chosen := _choice(state, claimer)) is not None:
        free = Job.across_tenants.select_for_update(skip_locked=True, of=("self",), no_key=True)
        job = free.select_related("pool", "dataset_version").filter(id=chosen, state=JobState.QUEUED).first()
        if job is not None:
            return job
        queues = {owner: [job for job in queue if job.id != chosen] for owner, queue in state.queues.items()}
        state = replace(state, queues=queues)
    return None


def _without(state: PoolState, organization_id: str) -> Mapping[str, Sequence[WaitingJob]]:
    return {owner: queue for owner, queue in state.queues.items() if owner != organization_id}


def _choice(state: PoolState, claimer: Worker) -> str | None:
    starts = decide(state, rules(), claimer=claimer.id).starts
    return next((start.job_id for start in starts if claimer.id in start.worker_ids), None)


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
    logger.info("job.claimed", job_id=job.id, attempt_id=attempt.id, worker_id=worker.id, fence=fence)
    earlier = resume_points(job.id, before_fence=fence) if fence > 1 else []
    points = [ResumePoint(step=checkpoint.step, files=tuple(checkpoint.files)) for checkpoint in earlier]
    return Claim(
        attempt_id=attempt.id,
        job_id=job.id,
        fence=fence,
        slots=job.slots,
        spec=job.spec,
        dataset_key=version.id,
        start_key=job.init_from,
        start_files=tuple(FileEntry.model_validate(entry) for entry in job.start["files"]) if job.start else (),
        dataset_files=tuple(FileEntry.model_validate(entry) for entry in version.files),
        resume=points[0] if points else None,
        earlier=tuple(points[1:]),
    )
