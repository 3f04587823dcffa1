"""Who may speak for an attempt: the worker that holds it, with its fence, while it lives."""

from datetime import datetime, timedelta

from django.conf import settings

from trainyard.core.errors import Conflict, NotFound
from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.queries import locked_job
from trainyard.pools.models import Worker
from trainyard_spec.states import LIVE_ATTEMPT_STATES


class StaleFence(Conflict):
    """The attempt has ended or its job has gone on elsewhere: its worker must forget it."""

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


def check_fence(attempt: Attempt, fence: int) -> None:
    """Raises ``StaleFence`` unless ``attempt``, as it was read, lives under ``fence``."""
    if attempt.fence != fence or attempt.state not in LIVE_ATTEMPT_STATES:
        raise StaleFence("The attempt has ended, or its job has gone on elsewhere.")


def lock(attempt_id: str) -> tuple[Attempt, Job]:
    """An attempt of the tenant in context and its job, whose lock guards both. Raises ``NotFound``."""
    job_id = Attempt.objects.filter(id=attempt_id).values_list("job_id", flat=True).first()
    if job_id is None:
        raise NotFound("There is no such attempt.")
    job = locked_job(job_id)
    # Read only now: what was read before the lock may have changed while waiting for it.
    return Attempt.objects.select_related("worker").get(id=attempt_id), job


def lock_live(attempt_id: str, *, fence: int) -> tuple[Attempt, Job]:
    """As ``lock``, for a write under ``fence``. Raises ``StaleFence`` and ``NotFound``."""
    attempt, job = lock(attempt_id)
    check_fence(attempt, fence)
    return attempt, job


def renew(attempt: Attempt, *, now: datetime) -> None:
    """The worker was heard of: the attempt keeps its lease."""
    attempt.lease_expires_at = lease_from(now)
    Attempt.objects.filter(id=attempt.id).update(lease_expires_at=attempt.lease_expires_at)


def trained_microseconds(attempt: Attempt, *, seconds: float, now: datetime) -> int:
    """Training time that a worker states, within what can have passed since training began and never shrinking."""
    if attempt.training_started_at is None:
        return 0
    elapsed = (now - attempt.training_started_at) // timedelta(microseconds=1)
    return max(attempt.trained_microseconds, min(round(seconds * 1e6), elapsed))
