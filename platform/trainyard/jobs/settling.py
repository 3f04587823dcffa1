"""From training time to the bill: what was kept or delivered is paid for, within what the job's limits allow."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, Sum

from trainyard.billing import operations as billing
from trainyard.billing.queries import billed_microseconds
from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.jobs.attempts import advance
from trainyard.jobs.models import Attempt, Checkpoint, Job

KEPT_BY_REPORTS = "reports"
"""Stands in usage for work whose metrics were delivered, though nothing else of it was kept."""


def keep(attempt: Attempt, job: Job, *, step: int, seconds: float, kept_by: str, now: datetime) -> None:
    """Bills what the attempt trained, up to ``step``, since it was last billed: ``kept_by`` holds it.

    Free is what repeated work that is billed already. Both rows are locked.
    """
    if attempt.training_started_at is None:
        return
    advance(attempt, step=step, seconds=seconds, now=now)
    _keep(attempt, job, kept_by=kept_by, now=now)


def keep_reported(attempt: Attempt, job: Job, *, now: datetime) -> None:
    """Bills all that the attempt reported: the customer has seen what came of it. Both rows are locked."""
    if attempt.training_started_at is not None:
        _keep(attempt, job, kept_by=KEPT_BY_REPORTS, now=now)


def settle(job: Job, *, now: datetime) -> None:
    """Bills what was kept beyond the limits that a job had then, as far as those that it has now allow."""
    for attempt in _unsettled(job.id):
        last = Checkpoint.objects.filter(attempt=attempt).latest("step")
        _bill(attempt, job, kept_by=last.id, now=now)


def unsettled_microseconds(job_id: str) -> int:
    """How much of a job's kept training time is not billed, because its limits did not allow that."""
    billed = billed_microseconds(job_id)
    return sum(
        attempt.kept_microseconds - attempt.repeated_microseconds - billed.get(attempt.id, 0)
        for attempt in _unsettled(job_id)
    )


def kept_earlier(attempts: Collection[Attempt]) -> dict[str, int]:
    """What the attempts before these kept, in microseconds by job; a job's first attempt asks for nothing."""
    later = [attempt for attempt in attempts if attempt.fence > 1]
    earlier: dict[str, int] = {}
    if not later:
        return earlier
    fences = {attempt.job_id: attempt.fence for attempt in later}
    kept = Attempt.across_tenants.filter(job__in=fences, kept_microseconds__gt=F("repeated_microseconds"))
    sums = kept.order_by().values_list("job_id", "fence").annotate(total=Sum(_OWN))
    for job_id, fence, total in sums:
        if fence < fences[job_id]:
            earlier[job_id] = earlier.get(job_id, 0) + total
    return earlier


def kept_microseconds(job_id: str) -> int:
    """The training time of a job that counts, over all its attempts."""
    kept = Attempt.objects.filter(job_id=job_id, kept_microseconds__gt=F("repeated_microseconds"))
    return kept.aggregate(total=Sum(_OWN))["total"] or 0


_OWN = F("kept_microseconds") - F("repeated_microseconds")


def _unsettled(job_id: str) -> list[Attempt]:
    billed = billed_microseconds(job_id)
    kept = Attempt.objects.filter(job_id=job_id, kept_microseconds__gt=F("repeated_microseconds")).order_by("fence")
    return [
        attempt
        for attempt in kept
        if attempt.kept_microseconds - attempt.repeated_microseconds > billed.get(attempt.id, 0)
    ]


def _keep(attempt: Attempt, job: Job, *, kept_by: str, now: datetime) -> None:
    is_more = attempt.trained_microseconds > attempt.settled_microseconds
    attempt.kept_microseconds = attempt.trained_microseconds
    if is_more:
        _bill(attempt, job, kept_by=kept_by, now=now)
    times = ("trained_microseconds", "kept_microseconds")
    attempt.save(update_fields=(*times, "repeats_to_step", "repeated_microseconds"))


def _bill(attempt: Attempt, job: Job, *, kept_by: str, now: datetime) -> None:
    assert attempt.training_started_at is not None  # noqa: S101  it trained
    longest = job.spec["limits"]["max_runtime_seconds"] * MICROSECONDS_PER_SECOND
    left = max(longest - kept_earlier([attempt]).get(job.id, 0), 0)
    billing.keep_usage(
        job_id=job.id,
        attempt_id=attempt.id,
        fence=attempt.fence,
        pool_id=job.pool_id,
        slots=job.slots,
        training_started_at=attempt.training_started_at,
        free_microseconds=attempt.repeated_microseconds,
        from_microseconds=attempt.repeated_microseconds,
        to_microseconds=min(attempt.kept_microseconds, attempt.repeated_microseconds + left),
        kept_by=kept_by,
        now=now,
    )
