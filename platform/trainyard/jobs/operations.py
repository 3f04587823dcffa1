"""Submission and completion of jobs."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

import structlog
from django.db import transaction

from trainyard.billing import holds
from trainyard.billing.queries import set_hold
from trainyard.core import audit, deferred_writes
from trainyard.jobs.accounting import binding, funding
from trainyard.jobs.accounting.estimates import estimated, fingerprint, resolved
from trainyard.jobs.accounting.settlement import bill_attempt
from trainyard.jobs.lifecycle.attempts import check_fence, lock
from trainyard.jobs.lifecycle.finishing import end_attempt
from trainyard.jobs.lifecycle.specs import JobPlan, needed_labels, plan
from trainyard.jobs.lifecycle.starts import JobStart
from trainyard.jobs.lifecycle.transitions import announce, move
from trainyard.jobs.models import Attempt, Event, Job
from trainyard.jobs.queue import notify_workers
from trainyard.jobs.queue.enqueue import labels_text, ranked_at, refuse_full_queue
from trainyard.jobs.reporting import uploaded_files
from trainyard_spec.engine_protocol import Result
from trainyard_spec.states import AttemptState, JobState, Reason
from trainyard_spec.training import TrainingSpec
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

SUBMITTED = "submitted"
BILLED_BY_MODEL = "model"
"""Stands in usage for the job's one finished model."""


@transaction.atomic
def submit(
    *,
    spec: TrainingSpec,
    created_by: str,
    now: datetime,
    accept_quote: str | None = None,
    start: JobStart | None = None,
) -> Job:
    """Queues a job with funds for its first while on hold; ``start`` is the model that ``spec`` names to start from.

    By a quote that it accepts it costs no more than that promised. Raises what ``plan`` raises, ``QuoteNotValid``,
    billing's ``InsufficientFunds``, and ``QueueFull``.
    """
    planned = plan(spec, now=now, start=start)
    quoted = accept_quote and binding.accepted(accept_quote, spec=spec, currency=planned.price.currency, now=now)
    job = _create(planned, quoted_micros=quoted or None, created_by=created_by, now=now)
    deferred_writes.insert(
        Event(job=job, sequence=1, type=SUBMITTED, to_state=JobState.QUEUED, reason=Reason.SUBMITTED, created_at=now)
    )
    announce(job, WebhookEvent.JOB_CREATED, now=now)
    hold, standing = funding.reserve(job, now=now, price=planned.price.per_slot_second, is_new=True)
    refuse_full_queue(planned.pool, queued=standing.queued_jobs, limit=standing.max_queued_jobs)
    audit.record(
        actor=created_by,
        action="job.submit",
        target=job.id,
        organization_id=job.organization_id,
        now=now,
        pool=planned.pool.name,
        cap_micros=job.cap_micros,
        quoted_micros=job.quoted_micros,
    )
    notify_workers.notify(planned.pool, now=now)  # last: all that was deferred goes with it
    set_hold(job, hold)
    logger.info("job.submitted", job_id=job.id, organization_id=job.organization_id, pool=planned.pool.name)
    return job


def _create(planned: JobPlan, *, quoted_micros: int | None, created_by: str, now: datetime) -> Job:
    spec, expected = planned.spec, estimated(planned, resolved(planned), now=now)
    job = Job(
        name=spec.name,
        state=JobState.QUEUED,
        reason=Reason.SUBMITTED,
        spec=spec.model_dump(mode="json"),
        architecture=spec.architecture.name,
        task=spec.task,
        dataset_version=planned.version,
        init_from=planned.start.model_id if planned.start else None,
        start=planned.start.stored() if planned.start else None,
        pool=planned.pool,
        slots=spec.resources.slots,
        labels=labels_text(needed_labels(spec, planned.start)),
        preemptible=spec.resources.preemptible,
        max_runtime_seconds=planned.longest_seconds,
        priority=spec.priority,
        cap_micros=min(planned.cap_micros, quoted_micros or planned.cap_micros),
        quoted_micros=quoted_micros,
        fingerprint=fingerprint(spec, pool_id=planned.pool.id),
        estimate=expected and asdict(expected),
        created_by=created_by,
        created_at=now,
        changed_at=now,
        queued_at=now,
        ranked_at=ranked_at(queued_at=now, priority=spec.priority),
        events_count=1,
    )
    deferred_writes.insert(job)
    return job


def receive_model_file(*, attempt: Attempt, fence: int, name: str, chunks: Iterable[bytes]) -> None:
    """Stores one file of the finished model. Raises ``StaleFence``."""
    check_fence(attempt, fence)
    uploaded_files.receive(attempt, key=f"{attempt.blob_prefix}/model/{name}", chunks=chunks)


@transaction.atomic
def succeed(*, attempt_id: str, fence: int, result: Result, now: datetime) -> Job:
    """Ends a job with its finished model, whose files must all have arrived; bills up to the end, gives back the rest.

    A repetition changes nothing. Raises ``StaleFence`` and ``NotUploaded``.
    """
    attempt, job = lock(attempt_id)
    if attempt.fence == fence and attempt.state == AttemptState.SUCCEEDED:
        return job
    check_fence(attempt, fence)
    uploaded_files.settle(attempt, prefix=f"{attempt.blob_prefix}/model", files=result.files)
    end_attempt(attempt, job, state=AttemptState.SUCCEEDED, reason=Reason.COMPLETED, now=now)
    bill_attempt(
        attempt,
        job,
        step=result.step,
        seconds=result.trained_seconds,
        billed_by=BILLED_BY_MODEL,
        files=result.files,
        now=now,
    )
    move(
        job,
        to=JobState.SUCCEEDED,
        reason=Reason.COMPLETED,
        now=now,
        data={"attempt_id": attempt.id, "step": result.step, "early_stopped": result.early_stopped},
        step=result.step,
        epoch=result.epoch,
        samples_per_second=result.samples_per_second,
        timings=result.timings.model_dump(mode="json") if result.timings else job.timings,
        test_metrics=result.test_metrics,
        verdict=result.verdict and result.verdict.model_dump(mode="json"),
    )
    holds.release_hold(job_id=job.id, now=now)
    logger.info("job.succeeded", job_id=job.id, attempt_id=attempt.id)
    return job
