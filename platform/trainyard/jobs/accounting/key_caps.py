"""Monthly spending caps of API keys: a job that could pass its key's is refused whenever it asks to reserve.

What counts is what the key's jobs were billed in this calendar month (UTC), and the most that those which hold funds
may still cost; with them the jobs of the keys that it came from by rotation. So the cap holds whatever they do.
"""

from datetime import UTC, datetime, time

from django.db.models import F, QuerySet, Sum

from trainyard.billing.budgets.spending import month_of
from trainyard.billing.calendar import clock
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import Hold, UsageRecord
from trainyard.core.money import format_micros
from trainyard.jobs.models import Job
from trainyard.tenants.models import ApiKey


class KeyCapReached(InsufficientFunds):
    """A job could pass what its API key may still spend this month."""

    code = "key_cap_reached"


def check(job: Job, *, now: datetime) -> None:
    """Raises ``KeyCapReached``. ``job`` has reserved, in a transaction that has the books locked: one is after the
    other, and the second sees what the first may cost."""
    key = ApiKey.objects.filter(id=job.created_by).exclude(monthly_cap_micros=None).first()
    if key is None or key.monthly_cap_micros is None:
        return
    own = Hold.objects.get(job_id=job.id)
    most_of_job = own.cap_micros - own.posted_micros
    left = key.monthly_cap_micros - _committed(key, now=now) + most_of_job
    if most_of_job > left:
        raise KeyCapReached(
            f"The job may cost {format_micros(most_of_job)}, and this API key may spend "
            f"{format_micros(max(0, left))} more this month.",
            hint="Set a lower limits.max_cost, wait for its other jobs, or use a key with a higher monthly_cap.",
        )


def spent_micros(key: ApiKey, *, now: datetime) -> int:
    """What the jobs of ``key`` and of those it came from were billed this month."""
    since = datetime.combine(month_of(now), time.min, UTC) - clock.offset()  # usage carries the clock's time
    billed = UsageRecord.objects.filter(job_id__in=_jobs(key), created_at__gte=since)
    return billed.aggregate(total=Sum("amount_micros"))["total"] or 0


def _committed(key: ApiKey, *, now: datetime) -> int:
    reserving = Hold.objects.filter(job_id__in=_jobs(key), released_at=None)
    most = reserving.aggregate(total=Sum(F("cap_micros") - F("posted_micros")))["total"] or 0
    return spent_micros(key, now=now) + most


def _jobs(key: ApiKey) -> QuerySet[Job, str]:
    keys = ApiKey.objects.filter(lineage=key.lineage).values("id")
    return Job.objects.filter(created_by__in=keys).values_list("id", flat=True)
