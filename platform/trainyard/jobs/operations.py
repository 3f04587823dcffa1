"""Submitting jobs."""

from datetime import datetime

import structlog
from django.db import transaction

from trainyard.billing import operations as billing
from trainyard.jobs import doorbell
from trainyard.jobs.models import Event, Job
from trainyard.jobs.specs import plan
from trainyard_spec.states import JobState, Reason
from trainyard_spec.training import TrainingSpec

logger = structlog.get_logger(__name__)

SUBMITTED = "submitted"


@transaction.atomic
def submit(*, spec: TrainingSpec, created_by: str, now: datetime) -> Job:
    """Queues a job with its cap on hold. Raises what ``plan`` raises and billing's ``InsufficientFunds``."""
    planned = plan(spec, now=now)
    job = Job.objects.create(
        name=spec.name,
        state=JobState.QUEUED,
        reason=Reason.SUBMITTED,
        spec=spec.model_dump(mode="json"),
        architecture=spec.architecture.name,
        task=spec.task,
        dataset_version=planned.version,
        pool=planned.pool,
        slots=spec.resources.slots,
        priority=spec.priority,
        cap_micros=planned.cap_micros,
        created_by=created_by,
        created_at=now,
        queued_at=now,
        events_count=1,
    )
    Event.objects.create(
        job=job, sequence=1, type=SUBMITTED, to_state=JobState.QUEUED, reason=Reason.SUBMITTED, created_at=now
    )
    billing.hold(job_id=job.id, amount_micros=planned.cap_micros, now=now)
    doorbell.ring(planned.pool, now=now)
    logger.info("job_submitted", job_id=job.id, organization_id=job.organization_id, pool=planned.pool.name)
    return job
