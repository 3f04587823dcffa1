"""Accuracy of quotes: estimates at submission compared with actual training times. For operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from django.db.models import F, Sum

from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.jobs.models import Attempt, Job
from trainyard_spec.states import JobState

JOBS_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Median of |estimated - actual| / actual over ``jobs``, and the share of jobs ``within_range`` of the estimate.

    Both are None without jobs. ``source`` is the source of the estimates, None for all of them.
    """

    source: str | None
    jobs: int
    median_error: float | None
    within_range: float | None


def accuracy(*, since: datetime) -> tuple[Accuracy, list[Accuracy]]:
    """Accuracy for the jobs that trained to their end since then, newest first: of all, and by estimate's source."""
    ended = Job.across_tenants.filter(
        state=JobState.SUCCEEDED, finished_at__gte=since, estimate__isnull=False
    ).order_by("-id")
    estimates = dict(ended.values_list("id", "estimate")[:JOBS_LOOKED_AT])
    attempts = Attempt.across_tenants.filter(job_id__in=estimates).order_by().values_list("job_id")
    trained = dict(attempts.annotate(total=Sum(F("durable_microseconds") - F("repeated_microseconds"))))
    found = [
        (told["source"], told["seconds_low"], told["seconds_high"], trained.get(job_id, 0) / MICROSECONDS_PER_SECOND)
        for job_id, told in estimates.items()
        if told is not None
    ]
    known = [row for row in found if row[3] > 0]
    sources = sorted({source for source, *_ in known})
    return _of(None, known), [_of(source, [row for row in known if row[0] == source]) for source in sources]


def _of(source: str | None, rows: Sequence[tuple[str, float, float, float]]) -> Accuracy:
    if not rows:
        return Accuracy(source, 0, None, None)
    errors = [abs((low + high) / 2 - actual) / actual for _, low, high, actual in rows]
    within = sum(low <= actual <= high for _, low, high, actual in rows)
    return Accuracy(source, len(rows), round(median(errors), 4), round(within / len(rows), 4))
