"""Deletes the files of what customers deleted.

Apart from the deletion itself, so that a crash in between is made good by the next run, and late enough that no job
can have been submitted at the same moment.
"""

from datetime import datetime, timedelta

import structlog

from trainyard.core.blobs import blob_store
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Job
from trainyard.models.models import Model
from trainyard_spec.states import TERMINAL_STATES

logger = structlog.get_logger(__name__)

PURGED_AFTER = timedelta(hours=1)
PURGED_AT_ONCE = 100


def purge(*, now: datetime) -> int:
    """Deletes what is due, and that no unfinished job needs. Returns of how many versions and models."""
    versions, models = _versions_due(now), _models_due(now)
    for version in versions:
        blob_store().delete_prefix(version.blob_prefix)
        DatasetVersion.across_tenants.filter(id=version.id).update(
            purged_at=now, profile=None, files=[], problems=[], warnings=[]
        )
    for model in models:
        blob_store().delete_prefix(model.blob_prefix)
        Model.across_tenants.filter(id=model.id).update(purged_at=now, files=[])
    if versions or models:
        logger.info("deleted_files_purged", dataset_versions=len(versions), models=len(models))
    return len(versions) + len(models)


def _versions_due(now: datetime) -> list[DatasetVersion]:
    unfinished = Job.across_tenants.exclude(state__in=TERMINAL_STATES)
    deleted = DatasetVersion.across_tenants.filter(purged_at=None, dataset__deleted_at__lt=now - PURGED_AFTER)
    settled = deleted.exclude(state=DatasetVersion.State.VALIDATING)
    return list(settled.exclude(id__in=unfinished.values("dataset_version_id"))[:PURGED_AT_ONCE])


def _models_due(now: datetime) -> list[Model]:
    return list(Model.across_tenants.filter(purged_at=None, deleted_at__lt=now - PURGED_AFTER)[:PURGED_AT_ONCE])
