"""Orphaned blobs, which no database row references: after an interrupted deletion, or a crash between file and row."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, islice

import structlog

from trainyard.core.blobs import StoredKey, blob_store
from trainyard.core.reconciling import each
from trainyard.datasets.models import DatasetVersion, ResumableUpload
from trainyard.jobs.models import Checkpoint, UploadedFile
from trainyard.registry.models import Model, ModelExport
from trainyard.tracking.models import Artifact

logger = structlog.get_logger(__name__)

ROOT = "organizations"
SWEEP = "sweep_orphans"
SETTLED_AFTER = timedelta(days=2)
"""Older blobs have a row if they ever get one: no upload and no validation lasts so long."""
LOOKED_UP_AT_ONCE = 500
OWNER = re.compile(
    rf"{ROOT}/[^/]+/(?:datasets/(?P<version>[^/]+)|models/(?P<imported>[^/]+)|model-exports/(?P<export>[^/]+)|"
    r"run-artifacts/(?P<artifact>[^/]+)|jobs/[^/]+/attempts/(?P<attempt>[^/]+)/"
    r"(?:checkpoints/(?P<step>\d+)|(?P<model>model)))(?=/)"
)
"""The prefix of a dataset version, of a checkpoint, of a model or of a run's file, at the start of a key."""

Owner = re.Match[str]


@dataclass(frozen=True, slots=True)
class Owners:
    """Objects of one kind that own files.

    ``pattern`` matches the prefix of an owner at the start of a key; ``kept`` returns, of some prefixes, those whose
    files exist rightly or are still being written.
    """

    pattern: re.Pattern[str]
    kept: Callable[[Collection[Owner]], set[str]]


def sweep(*, now: datetime, owners: Sequence[Owners]) -> int:
    """Deletes what belongs to none of ``owners`` that is kept; returns of how many things."""
    found = _owners((stored for stored in blob_store().keys(ROOT) if stored.stored_at < now - SETTLED_AFTER), owners)
    swept = 0
    while chunk := list(islice(found, LOOKED_UP_AT_ONCE)):
        orphans = {owner.group() for owner in chunk}
        for each_kind in owners:
            orphans -= each_kind.kept([owner for owner in chunk if owner.re is each_kind.pattern])
        swept += each(((prefix, partial(_delete, prefix)) for prefix in sorted(orphans)), reconciler=SWEEP, now=now)
    return swept


def _owners(blobs: Iterable[StoredKey], owners: Sequence[Owners]) -> Iterator[Owner]:
    """Whose each run of blobs is, once; what lies where nothing of ours is put is left alone."""
    matches = (kind.pattern.match(stored.key) for stored in blobs for kind in owners)
    found = (owner for owner in matches if owner is not None)
    return (next(run) for _, run in groupby(found, key=lambda owner: owner.group()))


def _kept(owners: Collection[Owner]) -> set[str]:
    """The prefixes of those whose row says that their files are there, or are still being looked after."""
    versions = [owner["version"] for owner in owners if owner["version"]]
    attempts = {owner["attempt"] for owner in owners if owner["attempt"]}
    kept: set[str] = set()
    known = DatasetVersion.across_tenants.filter(id__in=versions, purged_at=None)
    kept.update(version.blob_prefix for version in known)
    growing = ResumableUpload.across_tenants.filter(version_id__in=versions, finished_at=None)
    kept.update(upload.version.blob_prefix for upload in growing)
    imported = [owner["imported"] for owner in owners if owner["imported"]]
    kept.update(model.blob_prefix for model in Model.across_tenants.filter(id__in=imported, purged_at=None))
    exported = [owner["export"] for owner in owners if owner["export"]]
    kept.update(row.blob_prefix for row in ModelExport.across_tenants.filter(id__in=exported))
    logged = [owner["artifact"] for owner in owners if owner["artifact"]]
    kept.update(row.blob_prefix for row in Artifact.across_tenants.filter(id__in=logged))
    checkpoints = Checkpoint.across_tenants.filter(attempt_id__in=attempts, pruned_at=None)
    kept.update(checkpoint.blob_prefix for checkpoint in checkpoints.select_related("attempt"))
    kept.update(model.blob_prefix for model in Model.across_tenants.filter(attempt_id__in=attempts, purged_at=None))
    unregistered = UploadedFile.across_tenants.filter(attempt_id__in=attempts).values_list("key", flat=True)
    return kept | {owner.group() for key in unregistered if (owner := OWNER.match(key)) is not None}


REGISTRY = Owners(OWNER, _kept)
"""Dataset versions, checkpoints, models and files of runs."""


def _delete(prefix: str) -> int:
    blob_store().delete_prefix(prefix)
    logger.info("orphans.deleted", prefix=prefix)
    return 1
