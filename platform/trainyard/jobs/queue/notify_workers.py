"""Notification of a pool's workers that there may be jobs to claim. Only a hint: workers also poll on a slow timer."""

from datetime import datetime

from trainyard.core import outbox
from trainyard.core.models import OutboxMessage
from trainyard.pools.models import Pool

NOTIFY_TASK = "trainyard_worker.ring"
"""The task's name on the wire, as workers of earlier releases know it too."""


def notify(pool: Pool, *, now: datetime) -> None:
    """Notifies once the surrounding transaction commits."""
    outbox.enqueue(task=NOTIFY_TASK, queue=pool.queue, now=now)


def notify_again(*, pool_ids: set[str], now: datetime) -> int:
    """Notifies the pools where somebody still waits and returns how many.

    A pool whose last notification is not sent yet is left out: while the broker is down, they must not pile up.
    """
    unsent = set(OutboxMessage.objects.filter(task=NOTIFY_TASK).values_list("queue", flat=True))
    silent = [pool for pool in Pool.objects.filter(id__in=pool_ids) if pool.queue not in unsent]
    for pool in silent:
        notify(pool, now=now)
    return len(silent)
