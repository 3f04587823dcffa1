"""Monthly spending caps of API keys: a job that could exceed its key's cap is refused when it reserves funds.

Counted are the billed amounts of the key's jobs in this calendar month (UTC), and the most that those with open holds
may still cost, including the jobs of the keys that it replaced by rotation. So the cap holds whatever runs
concurrently. Other holds, under an id of their own, are counted too (``count``), and so are predictions, which have no
hold: what they cost, and the most that open ones may cost (``count_open``).
"""

from collections.abc import Callable
from datetime import UTC, datetime, time
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from trainyard.billing.budgets.spending import month_of
from trainyard.billing.calendar import clock
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import Hold, MeteredUsage, UsageRecord
from trainyard.core.money import format_micros
from trainyard.jobs.models import Job
from trainyard.tenants.models import ApiKey


class KeyCapReached(InsufficientFunds):
    """The job could exceed what its API key may still spend this month."""

    code = "key_cap_reached"


Made = Callable[[QuerySet[ApiKey]], QuerySet[Any, str]]
"""Ids, as the books have them, of what was made with any of the keys."""
MostOpen = Callable[[QuerySet[ApiKey]], int]
"""The most, in micro-units, that what the keys have under way may cost, and that the books do not hold."""


def check(*, created_by: str, job_id: str, what: str = "job", limit: str = "limits.max_cost", now: datetime) -> None:
    """Raises ``KeyCapReached``. The job has reserved, in a transaction that has the books locked: one is after the
    other, and the second sees what the first may cost. ``what`` it is, and its ``limit``, are told in the refusal."""
    key = capped(created_by).first()
    if key is None:
        return
    own = Hold.objects.get(job_id=job_id)
    most_of_job = own.cap_micros - own.posted_micros
    left = _left(key, now=now) + most_of_job
    if most_of_job > left:
        raise KeyCapReached(
            f"The {what} may cost {format_micros(most_of_job)}, and this API key may spend "
            f"{format_micros(max(0, left))} more this month.",
            hint=f"Set a lower {limit}, wait for its other jobs, or use a key with a higher monthly_cap.",
        )


def left_micros(*, created_by: str, now: datetime) -> int | None:
    """What the key ``created_by`` may still spend this month, beside all that its jobs may; None without a cap."""
    key = capped(created_by).first()
    return None if key is None else max(0, _left(key, now=now))


def spent_micros(key: ApiKey, *, now: datetime) -> int:
    """What the jobs and predictions of ``key`` and of those it came from were billed this month."""
    since = datetime.combine(month_of(now), time.min, UTC) - clock.offset()  # usage carries the clock's time
    billed = UsageRecord.objects.filter(_made_with(key), created_at__gte=since)
    metered = MeteredUsage.objects.filter(made_by__in=_lineage(key).values("id"), created_at__gte=since)
    return sum(rows.aggregate(total=Sum("amount_micros"))["total"] or 0 for rows in (billed, metered))


def count(made: Made) -> None:
    """From now on what ``made`` tells of counts against the caps of keys, as jobs do."""
    _counted.append(made)


def count_open(most: MostOpen) -> None:
    """From now on what ``most`` tells of counts against the caps of keys too, until it is metered."""
    _counted_open.append(most)


def capped(key_id: str) -> QuerySet[ApiKey]:
    """The key of the tenant in context by that id, if it has a cap."""
    return ApiKey.objects.filter(id=key_id).exclude(monthly_cap_micros=None)


def _left(key: ApiKey, *, now: datetime) -> int:
    """Below 0 where a cap was passed before it was counted so, or was lowered."""
    assert key.monthly_cap_micros is not None  # noqa: S101  as it is capped
    reserving = Hold.objects.filter(_made_with(key), released_at=None)
    most: int = reserving.aggregate(total=Sum(F("cap_micros") - F("posted_micros")))["total"] or 0
    most += sum(of_open(_lineage(key)) for of_open in _counted_open)
    return key.monthly_cap_micros - spent_micros(key, now=now) - most


def _lineage(key: ApiKey) -> QuerySet[ApiKey]:
    """The key, and those it came from by rotation."""
    return ApiKey.objects.filter(lineage=key.lineage)


def _made_with(key: ApiKey) -> Q:
    keys = _lineage(key)
    return reduce(or_, (Q(job_id__in=made(keys)) for made in _counted))


def _jobs(keys: QuerySet[ApiKey]) -> QuerySet[Job, str]:
    return Job.objects.filter(created_by__in=keys.values("id")).values_list("id", flat=True)


_counted: list[Made] = [_jobs]
_counted_open: list[MostOpen] = []
