"""Tells a pool's workers that there is something to claim. Only a hint: workers also ask on a slow timer."""

from datetime import datetime

from trainyard.core import outbox
from trainyard.core.models import OutboxMessage
from trainyard.pools.models import Pool

RING = "trainyard_worker.ring"


def ring(pool: Pool, *, now: datetime) -> None:
    """Rings once the surrounding transaction commits."""
    outbox.enqueue(task=RING, queue=pool.queue, now=now)


def ring_again(*, pool_ids: set[str], now: datetime) -> int:
    """Rings for pools where somebody still waits and returns how many.

    A pool whose last ring is not sent yet is left out: while the broker is down, rings must not pile up.
    """
    unsent = set(OutboxMessage.objects.filter(task=RING).values_list("queue", flat=True))
    silent = [pool for pool in Pool.objects.filter(id__in=pool_ids) if pool.queue not in unsent]
    for pool in silent:
        ring(pool, now=now)
    return len(silent)
