"""Fair-share usage: the decayed slot-seconds of each organization in a pool."""

from datetime import datetime

from django.conf import settings

from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.scheduling.fair_share import decayed, held_usage
from trainyard.pools.models import PoolQuota


def add_usage(attempt: Attempt, job: Job, *, now: datetime) -> None:
    """Adds what an attempt that just ended held, from its claim on, to its organization's use of the pool.

    Both rows are locked. The quota is locked after them and before the books, by everybody: see ``ledger.lock_books``.
    """
    half_life = settings.ENVIRONMENT.share_half_life_seconds
    PoolQuota.objects.get_or_create(pool_id=job.pool_id)
    row = PoolQuota.objects.select_for_update(no_key=True).get(pool_id=job.pool_id)
    at, start = now.timestamp(), attempt.claimed_at.timestamp()
    since = max((now - row.used_at).total_seconds(), 0.0) if row.used_at else 0.0
    kept = decayed(row.used_slot_seconds, seconds=since, half_life_seconds=half_life)
    held = held_usage(slots=job.slots, start=start, end=max(at, start), now=at, half_life_seconds=half_life)
    row.used_slot_seconds, row.used_at = kept + held, max(now, row.used_at or now)
    row.save(update_fields=["used_slot_seconds", "used_at"])
