"""Jobs of all organizations, for operators."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from trainyard.billing.models import Hold
from trainyard.jobs.models import Job


def jobs_of_all(
    *,
    states: Sequence[str] = (),
    search: str | None = None,
    organization_id: str | None = None,
    pool_id: str | None = None,
) -> QuerySet[Job]:
    """Jobs with their pools and organizations; ``search`` is a part of their name, in upper or lower case."""
    wanted: dict[str, Any] = {
        "state__in": states or None,
        "name__icontains": search,
        "organization_id": organization_id,
        "pool_id": pool_id,
    }
    rows = Job.across_tenants.select_related("pool", "organization").defer("spec", "latest_metrics", "test_metrics")
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})


def billed_micros(job_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """What each of ``job_ids`` that reserved something was billed so far, with the currency."""
    found = Hold.across_tenants.filter(job_id__in=job_ids).values_list("job_id", "posted_micros", "currency")
    return {job_id: (micros, currency) for job_id, micros, currency in found}
