"""Resumption after a full disk: jobs that were paused by a full disk or store are queued again when there is space."""

from datetime import datetime
from functools import partial

import structlog
from django.db import transaction

from trainyard.billing.ledger import InsufficientFunds
from trainyard.core import blobs
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import funding
from trainyard.jobs.lifecycle.transitions import move
from trainyard.jobs.models import Job
from trainyard.jobs.queries import locked_job
from trainyard.pools.queries import pools_taking_jobs
from trainyard_spec.states import JobState, Reason

logger = structlog.get_logger(__name__)

RESUMED_AT_ONCE = 200
RESUME = "resume_jobs_waiting_for_room"


def resume_waiting(*, now: datetime) -> int:
    """Queues the jobs that wait for room once the store and a worker of their pool have some; returns how many.

    Each waits for a while first, longer each time in a row. One for which nothing can be reserved stays paused.
    """
    waiting = Job.across_tenants.filter(state=JobState.PAUSED, reason=Reason.STORAGE).exclude(not_before__gt=now)
    waiting = due(waiting, reconciler=RESUME, now=now)
    rows = list(waiting.order_by("queued_at", "id").values_list("id", "organization_id", "pool_id")[:RESUMED_AT_ONCE])
    if not rows or not blobs.has_room():
        return 0
    pools = pools_taking_jobs(now=now)
    items = (
        (job_id, partial(_resume, job_id, organization_id, now=now))
        for job_id, organization_id, pool in rows
        if pool in pools
    )
    return each(items, reconciler=RESUME, now=now)


def _resume(job_id: str, organization_id: str, *, now: datetime) -> bool:
    with tenant_scope(organization_id):
        try:
            with transaction.atomic():
                job = locked_job(job_id)
                # Somebody may have resumed or cancelled it between the look and the lock.
                if (job.state, job.reason) != (JobState.PAUSED, Reason.STORAGE):
                    return False
                move(job, to=JobState.QUEUED, reason=Reason.ROOM_AGAIN, now=now)
                funding.reserve(job, now=now, backed=False)
        except InsufficientFunds as error:
            logger.warning("job.resume_refused", job_id=job_id, error=str(error))
            return False
    return True
