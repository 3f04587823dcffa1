"""Enqueueing: a job's priority and labels in the queue, and how many jobs an organization may have there."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from trainyard.core.errors import QuotaExceeded
from trainyard.jobs.models import Job
from trainyard.jobs.scheduling.priority import aged_priority
from trainyard.pools.models import Pool
from trainyard_spec.states import JobState

RETRY_AFTER_SECONDS = 60


class QueueFull(QuotaExceeded):
    code = "queue_full"


def ranked_at(*, queued_at: datetime, priority: int) -> datetime:
    """Orders an organization's own jobs, lower first: see ``scheduling.priority.aged_priority``."""
    ageing = settings.ENVIRONMENT.priority_ageing_seconds
    return queued_at + timedelta(seconds=aged_priority(queued_at=0.0, priority=priority, ageing_seconds=ageing))


def labels_text(labels: Mapping[str, str]) -> str:
    """Labels as one text, the same for the same labels."""
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))


def queued_in(pool_id: str) -> QuerySet[Job]:
    """What the tenant in context has queued in the pool."""
    return Job.objects.filter(pool_id=pool_id, state=JobState.QUEUED)


def refuse_full_queue(pool: Pool, *, queued: int, limit: int | None) -> None:
    """Raises ``QueueFull`` if ``queued`` jobs in ``pool``, the new one included, are more than may be there.

    ``limit`` is what the organization's quota says. Both are to be read once the job is queued and the tenant's books
    are locked, in the same transaction: so the count is exact, and two jobs submitted at once cannot both be the last.
    """
    most = settings.ENVIRONMENT.max_queued_jobs if limit is None else limit
    if queued > most:
        raise QueueFull(
            f"Your organization has {most} jobs queued in pool {pool.name}, as many as it may.",
            hint="Try again when some of them have started, or ask the operators for a higher limit.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
