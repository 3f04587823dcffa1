"""Enqueueing: a job's priority and labels in the queue, and how many jobs an organization may have there."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from trainyard.core.errors import QuotaExceeded
from trainyard.jobs.models import Job
from trainyard.jobs.scheduling.priority import aged_priority
from trainyard.pools.models import Pool, PoolQuota
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


def refuse_full_queue(pool: Pool) -> None:
    """Raises ``QueueFull`` if the tenant in context has more jobs queued in ``pool`` than it may, the new one included.

    To be called once the job is queued and the tenant's books are locked, in the same transaction: so the count is
    exact, and two jobs submitted at once cannot both be the last.
    """
    quota = PoolQuota.objects.filter(pool=pool).first()
    limit = quota.max_queued_jobs if quota is not None else None
    most = settings.ENVIRONMENT.max_queued_jobs if limit is None else limit
    if Job.objects.filter(pool=pool, state=JobState.QUEUED).count() > most:
        raise QueueFull(
            f"Your organization has {most} jobs queued in pool {pool.name}, as many as it may.",
            hint="Try again when some of them have started, or ask the operators for a higher limit.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
