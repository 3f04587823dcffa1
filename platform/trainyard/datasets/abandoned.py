"""Datasets that were made and then never got a file: their client died, or its user went away.

They hold nothing, and are deleted a day after they were made, like an upload to which nothing was added for a day.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from trainyard.core import audit
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets.models import Dataset, DatasetImport, ResumableUpload

logger = structlog.get_logger(__name__)

ABANDONED_AFTER = timedelta(days=1)
SWEPT_AT_ONCE = 100
ACTOR = "platform"


def sweep(*, now: datetime) -> int:
    """Deletes them; returns how many there were."""
    swept = sum(_delete(dataset, now=now) for dataset in _abandoned(now)[:SWEPT_AT_ONCE])
    if swept:
        logger.info("datasets.swept", datasets=swept)
    return swept


def _abandoned(now: datetime) -> QuerySet[Dataset]:
    unfinished = ResumableUpload.across_tenants.filter(dataset=OuterRef("id"), finished_at=None)
    fetched = DatasetImport.across_tenants.filter(dataset=OuterRef("id"), finished_at=None)
    empty = Dataset.across_tenants.filter(versions_count=0, deleted_at=None, created_at__lt=now - ABANDONED_AFTER)
    return empty.exclude(Exists(unfinished)).exclude(Exists(fetched)).order_by("created_at")


@transaction.atomic
def _delete(dataset: Dataset, *, now: datetime) -> int:
    """1, or 0 where a file has come meanwhile."""
    with tenant_scope(dataset.organization_id):
        if _abandoned(now).filter(id=dataset.id).update(deleted_at=now) != 1:
            return 0
        audit.record(
            actor=ACTOR,
            action="dataset.delete",
            target=dataset.id,
            organization_id=dataset.organization_id,
            now=now,
        )
    return 1
