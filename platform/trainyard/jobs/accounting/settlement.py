"""Billing of training time: durable or delivered work is billed, within the job's limits."""

from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256

from django.db.models import F, Sum

from trainyard.billing.operations import MeteredAttempt, bill_usage
from trainyard.billing.queries import billed_microseconds
from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.jobs.lifecycle.attempts import advance
from trainyard.jobs.models import Attempt, Checkpoint, Job
from trainyard_spec.files import FileEntry

BILLED_BY_REPORTS = "reports"
"""Stands in usage for work whose metrics were delivered, though nothing else of it is durable."""


def bill_attempt(
    attempt: Attempt,
    job: Job,
    *,
    step: int,
    seconds: float,
    billed_by: str,
    files: Iterable[FileEntry],
    now: datetime,
) -> None:
    """Bills what the attempt trained, up to ``step``, since it was last billed: ``billed_by`` holds it, in ``files``.

    Free is what repeated work that is billed already. Both rows are locked.
    """
    if attempt.training_started_at is None:
        return
    advance(attempt, step=step, seconds=seconds, now=now)
    _mark_durable(attempt, job, billed_by=billed_by, digest=digest_of(files), now=now)


def digest_of(files: Iterable[FileEntry]) -> str:
    """SHA-256 over the names and hashes of the files of a checkpoint or model, a line each, sorted by name."""
    lines = sorted(f"{file.name} {file.sha256}\n" for file in files)
    return sha256("".join(lines).encode()).hexdigest()


def bill_reported(attempt: Attempt, job: Job, *, now: datetime) -> None:
    """Bills all that the attempt reported: the customer has seen what came of it. Both rows are locked."""
    if attempt.training_started_at is not None:
        _mark_durable(attempt, job, billed_by=BILLED_BY_REPORTS, digest="", now=now)


def settle(job: Job, *, now: datetime) -> None:
    """Bills what is durable beyond the limits that a job had then, as far as those that it has now allow."""
    for attempt in _unsettled(job.id):
        last = Checkpoint.objects.filter(attempt=attempt).latest("step")
        files = (FileEntry.model_validate(file) for file in last.files)
        _bill(attempt, job, billed_by=last.id, digest=digest_of(files), now=now)


def unsettled_microseconds(job_id: str) -> int:
    """How much of a job's durable training time is not billed, because its limits did not allow that."""
    billed = billed_microseconds(job_id)
    return sum(
        attempt.durable_microseconds - attempt.repeated_microseconds - billed.get(attempt.id, 0)
        for attempt in _unsettled(job_id)
    )


def durable_before(attempts: Collection[Attempt]) -> dict[str, int]:
    """Durable training time before these attempts, in microseconds by job; a job's first attempt asks for nothing."""
    later = [attempt for attempt in attempts if attempt.fence > 1]
    earlier: dict[str, int] = {}
    if not later:
        return earlier
    fences = {attempt.job_id: attempt.fence for attempt in later}
    durable = Attempt.across_tenants.filter(job__in=fences, durable_microseconds__gt=F("repeated_microseconds"))
    sums = durable.order_by().values_list("job_id", "fence").annotate(total=Sum(_OWN))
    for job_id, fence, total in sums:
        if fence < fences[job_id]:
            earlier[job_id] = earlier.get(job_id, 0) + total
    return earlier


def durable_microseconds(job_id: str) -> int:
    """The training time of a job that counts, over all its attempts."""
    durable = Attempt.objects.filter(job_id=job_id, durable_microseconds__gt=F("repeated_microseconds"))
    return durable.aggregate(total=Sum(_OWN))["total"] or 0


_OWN = F("durable_microseconds") - F("repeated_microseconds")


def _unsettled(job_id: str) -> list[Attempt]:
    billed = billed_microseconds(job_id)
    durable = Attempt.objects.filter(job_id=job_id, durable_microseconds__gt=F("repeated_microseconds")).order_by(
        "fence"
    )
    return [
        attempt
        for attempt in durable
        if attempt.durable_microseconds - attempt.repeated_microseconds > billed.get(attempt.id, 0)
    ]


def _mark_durable(attempt: Attempt, job: Job, *, billed_by: str, digest: str, now: datetime) -> None:
    is_more = attempt.trained_microseconds > attempt.settled_microseconds
    attempt.durable_microseconds = attempt.trained_microseconds
    if is_more:
        _bill(attempt, job, billed_by=billed_by, digest=digest, now=now)
    times = ("trained_microseconds", "durable_microseconds")
    attempt.save(update_fields=(*times, "repeats_to_step", "repeated_microseconds"))


def _bill(attempt: Attempt, job: Job, *, billed_by: str, digest: str, now: datetime) -> None:
    assert attempt.training_started_at is not None  # noqa: S101  it trained
    longest = job.spec["limits"]["max_runtime_seconds"] * MICROSECONDS_PER_SECOND
    left = max(longest - durable_before([attempt]).get(job.id, 0), 0)
    metered = MeteredAttempt(
        job_id=job.id,
        attempt_id=attempt.id,
        fence=attempt.fence,
        pool_id=job.pool_id,
        preemptible=job.preemptible,
        slots=job.slots,
        training_started_at=attempt.training_started_at,
    )
    bill_usage(
        metered,
        free_microseconds=attempt.repeated_microseconds,
        from_microseconds=attempt.repeated_microseconds,
        to_microseconds=min(attempt.durable_microseconds, attempt.repeated_microseconds + left),
        billed_by=billed_by,
        sha256=digest,
        now=now,
    )
