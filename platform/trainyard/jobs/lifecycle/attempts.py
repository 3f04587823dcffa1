"""Fencing of attempts: only the worker that holds one may write for it, under its fence, while it is live."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from trainyard.core.errors import Conflict, NotFound
from trainyard.jobs.models import Attempt, Job
from trainyard.pools.models import Worker
from trainyard_spec.states import LIVE_ATTEMPT_STATES, AttemptState, JobState

WAITING_STATES = (JobState.QUEUED, JobState.PAUSED)
"""Of a job that no worker holds and that goes on from its furthest checkpoint."""
_MICROSECOND = timedelta(microseconds=1)


class StaleFence(Conflict):
    """The attempt has ended, or its job runs elsewhere: the worker must drop it."""

    code = "stale_fence"


def lease_from(now: datetime) -> datetime:
    """When a lease taken or renewed at ``now`` expires."""
    return now + timedelta(seconds=settings.ENVIRONMENT.lease_seconds)


def attempt_of(*, worker: Worker, attempt_id: str) -> Attempt:
    """An attempt, of any tenant, that ``worker`` was given. Raises ``NotFound``."""
    found = Attempt.across_tenants.filter(id=attempt_id, worker=worker).first()
    if found is None:
        raise NotFound("This worker holds no such attempt.")
    return found


def check_alive(attempt: Attempt) -> None:
    """Raises ``StaleFence`` unless ``attempt``, as it was read, lives: only then may its worker read what it needs."""
    if attempt.state not in LIVE_ATTEMPT_STATES:
        raise StaleFence("The attempt has ended, or its job has gone on elsewhere.")


def check_fence(attempt: Attempt, fence: int) -> None:
    """Raises ``StaleFence`` unless ``attempt``, as it was read, lives under ``fence``."""
    if attempt.fence != fence or attempt.state not in LIVE_ATTEMPT_STATES:
        raise StaleFence("The attempt has ended, or its job has gone on elsewhere.")


def is_late(attempt: Attempt, job: Job) -> bool:
    """Whether the attempt was lost with its worker and its job has not gone on since: what it left is of use still."""
    return attempt.state == AttemptState.LOST and job.state in WAITING_STATES and job.fence == attempt.fence


def check_may_keep(attempt: Attempt, job: Job, fence: int) -> None:
    """Raises ``StaleFence`` unless checkpoints of ``attempt`` under ``fence`` count: it lives, or they come late."""
    if attempt.fence != fence or not is_late(attempt, job):
        check_fence(attempt, fence)


def lock(attempt_id: str) -> tuple[Attempt, Job]:
    """An attempt of the tenant in context and its job, whose lock guards both. Raises ``NotFound``."""
    for held in _locked(Job.objects.all(), Attempt.objects.filter(id=attempt_id)):
        return held
    raise NotFound("There is no such attempt.")


def lock_given(attempt_ids: Collection[str], *, worker: Worker) -> list[tuple[Attempt, Job]]:
    """Locks those of the attempts, of any tenant, that ``worker`` was given, as ``lock`` locks one.

    In the order of their jobs' ids, so that two who lock several never wait for each other.
    """
    return _locked(Job.across_tenants.all(), Attempt.across_tenants.filter(id__in=attempt_ids, worker=worker))


def renew(*attempts: Attempt, now: datetime) -> None:
    """Renews the leases of ``attempts``: their worker sent a sign of life."""
    Attempt.across_tenants.filter(id__in=[attempt.id for attempt in attempts]).update(lease_expires_at=lease_from(now))


def trained_microseconds(attempt: Attempt, *, seconds: float, now: datetime) -> int:
    """Training time that a worker states, within what can have passed since training began and never shrinking."""
    if attempt.training_started_at is None:
        return 0
    elapsed = (min(now, attempt.ended_at or now) - attempt.training_started_at) // _MICROSECOND
    return max(attempt.trained_microseconds, round(min(seconds * 1e6, elapsed)))


def starved_microseconds(attempt: Attempt, *, seconds: float, now: datetime) -> int:
    """Time without a processor that a worker states, within what passed beside the trained time; it never shrinks."""
    if attempt.training_started_at is None:
        return 0
    elapsed = (now - attempt.training_started_at) // timedelta(microseconds=1)
    return min(max(attempt.starved_microseconds, round(seconds * 1e6)), max(elapsed - attempt.trained_microseconds, 0))


def advance(attempt: Attempt, *, step: int, seconds: float, now: datetime) -> None:
    """Notes that the attempt has trained for ``seconds`` and up to ``step``; what it repeats meanwhile is free.

    Where it is told only afterwards that it is past what it repeats, all of its time until then counts as repeated.
    """
    attempt.trained_microseconds = trained_microseconds(attempt, seconds=seconds, now=now)
    if attempt.repeats_to_step:
        attempt.repeated_microseconds = attempt.trained_microseconds
        if step >= attempt.repeats_to_step:
            attempt.repeats_to_step = 0


def _locked(jobs: QuerySet[Job], attempts: QuerySet[Attempt]) -> list[tuple[Attempt, Job]]:
    guarded = jobs.select_for_update(no_key=True).filter(id__in=attempts.values("job")).order_by("id")
    locked = {job.id: job for job in guarded}
    # Read only now: what was read before the lock may have changed while waiting for it.
    return [(attempt, locked[attempt.job_id]) for attempt in attempts.select_related("worker").order_by("job_id")]
