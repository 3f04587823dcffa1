"""Deletion of the files of deleted objects, and of uploads that were never registered.

It runs separately from the deletion itself, so that the next run repeats it after a crash, and late enough that no job
can have been submitted at the same time.
"""

from datetime import datetime, timedelta
from functools import partial
from itertools import chain

import structlog
from django.db.models import F

from trainyard.core.blobs import blob_store
from trainyard.core.reconciling import due, each
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.lifecycle.attempts import WAITING_STATES
from trainyard.jobs.models import Attempt, Checkpoint, Job, UploadedFile
from trainyard.registry.models import Model
from trainyard_spec.states import TERMINAL_STATES, AttemptState

logger = structlog.get_logger(__name__)

PURGE, PURGE_UPLOADS = "purge_deleted", "purge_uploads"
PURGED_AFTER = timedelta(hours=1)
PURGED_AT_ONCE = 100
UPLOADS_PURGED_AFTER = timedelta(days=1)
"""Since the attempt's end: nothing is registered any more, and no request that began before it still goes on."""


def purge(*, now: datetime) -> int:
    """Deletes what is due, and that no unfinished job needs. Returns of how many versions and models."""
    versions = ((version.id, partial(_purge_version, version, now=now)) for version in _versions_due(now))
    models = ((model.id, partial(_purge_model, model, now=now)) for model in _models_due(now))
    purged = each(chain(versions, models), reconciler=PURGE, now=now)
    if purged:
        logger.info("deleted_files.purged", purged=purged)
    return purged


def purge_uploads(*, now: datetime) -> int:
    """Deletes what ended attempts uploaded for checkpoints and models that were not registered; returns of how many.

    What lies beside registered files goes with these; what may still be registered late (``attempts.is_late``) stays.
    """
    ended = Attempt.across_tenants.filter(ended_at__lt=now - UPLOADS_PURGED_AFTER, uploaded_files__isnull=False)
    ended = ended.exclude(state=AttemptState.LOST, job__state__in=WAITING_STATES, job__fence=F("fence"))
    prefixes = [prefix for attempt in ended.distinct()[:PURGED_AT_ONCE] for prefix in _unregistered(attempt)]
    purged = each(((prefix, partial(_purge_upload, prefix)) for prefix in prefixes), reconciler=PURGE_UPLOADS, now=now)
    if purged:
        logger.info("unregistered_files.purged", prefixes=purged)
    return purged


# In each, files first: a crash in between leaves rows that are found again, never files without a row.


def _purge_version(version: DatasetVersion, *, now: datetime) -> int:
    blob_store().delete_prefix(version.blob_prefix)
    return DatasetVersion.across_tenants.filter(id=version.id).update(
        purged_at=now, profile=None, files=[], problems=[], warnings=[]
    )


def _purge_model(model: Model, *, now: datetime) -> int:
    blob_store().delete_prefix(model.blob_prefix)
    return Model.across_tenants.filter(id=model.id).update(purged_at=now, files=[])


def _purge_upload(prefix: str) -> int:
    blob_store().delete_prefix(prefix)
    UploadedFile.across_tenants.filter(key__startswith=f"{prefix}/").delete()
    return 1


def _unregistered(attempt: Attempt) -> set[str]:
    uploads = UploadedFile.across_tenants.filter(attempt=attempt)
    found = {key.rpartition("/")[0] for key in uploads.values_list("key", flat=True)}
    checkpoints = Checkpoint.across_tenants.select_related("attempt").filter(attempt=attempt, pruned_at=None)
    kept = {checkpoint.blob_prefix for checkpoint in checkpoints}
    kept |= {model.blob_prefix for model in Model.across_tenants.filter(attempt_id=attempt.id, purged_at=None)}
    for prefix in found & kept:
        uploads.filter(key__startswith=f"{prefix}/").delete()
    return found - kept


def _versions_due(now: datetime) -> list[DatasetVersion]:
    unfinished = Job.across_tenants.exclude(state__in=TERMINAL_STATES)
    deleted = DatasetVersion.across_tenants.filter(purged_at=None, dataset__deleted_at__lt=now - PURGED_AFTER)
    settled = deleted.exclude(state=DatasetVersion.State.VALIDATING)
    unneeded = settled.exclude(id__in=unfinished.values("dataset_version_id"))
    return list(due(unneeded, reconciler=PURGE, now=now)[:PURGED_AT_ONCE])


def _models_due(now: datetime) -> list[Model]:
    deleted = Model.across_tenants.filter(purged_at=None, deleted_at__lt=now - PURGED_AFTER)
    starting = Job.across_tenants.exclude(state__in=TERMINAL_STATES).filter(init_from__isnull=False)
    unneeded = deleted.exclude(id__in=starting.values("init_from"))
    return list(due(unneeded, reconciler=PURGE, now=now)[:PURGED_AT_ONCE])
