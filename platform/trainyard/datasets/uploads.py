"""Files that come in pieces, through broken connections and restarts: what of them is stored stays stored.

Each piece is a blob and a row (see ``receiving``). The last one makes the dataset's version, whose file they are.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Q

from trainyard.core.blobs import blob_store
from trainyard.core.errors import Conflict, QuotaExceeded, TrainyardError
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets import operations, queries
from trainyard.datasets.models import DatasetVersion, ResumableUpload, UploadPart

logger = structlog.get_logger(__name__)

LOCKED_FOR = timedelta(seconds=10)
KEPT_FOR = timedelta(hours=24)
"""Since the last piece."""
MOST_UNFINISHED = 100
SWEEP = "sweep_uploads"
SWEPT_AT_ONCE = 100


class UploadExpired(TrainyardError):
    status = 410
    code = "upload_expired"


class UploadLocked(TrainyardError):
    """Another request is appending to this upload."""

    status = 423
    code = "upload_locked"


class TooManyUploads(QuotaExceeded):
    code = "too_many_uploads"


def create(*, dataset_id: str, filename: str, length: int, actor: str, now: datetime) -> ResumableUpload:
    """An upload of ``length`` bytes, none of which is here yet.

    Raises ``NotFound``, ``StorageQuotaExceeded`` and ``TooManyUploads``.
    """
    dataset = queries.dataset(dataset_id=dataset_id)
    operations.check_room(length)
    if queries.unfinished_uploads().count() >= MOST_UNFINISHED:
        raise TooManyUploads(
            f"{MOST_UNFINISHED} uploads of your organization are unfinished.", hint="Finish or delete one of them."
        )
    upload = ResumableUpload(
        dataset_id=dataset.id,
        filename=filename,
        length=length,
        created_by=actor,
        created_at=now,
        expires_at=now + KEPT_FOR,
    )
    with transaction.atomic():
        upload.save(force_insert=True)
        if length == 0:
            finish(upload, now=now)
    return upload


def check_unexpired(upload: ResumableUpload, *, now: datetime) -> None:
    """Raises ``UploadExpired``."""
    if upload.finished_at is None and upload.expires_at <= now:
        raise UploadExpired("This upload has expired.", hint="Begin a new one.")


@transaction.atomic
def delete(*, upload_id: str, now: datetime) -> None:
    """Ends an upload; what came of it goes. Of one that is finished, the version stays. Raises ``NotFound``."""
    upload = queries.upload(upload_id)
    if upload.finished_at is not None:
        raise Conflict("The upload is finished.", hint="Delete the dataset to delete the version that it became.")
    ended = ResumableUpload.objects.filter(id=upload_id, finished_at=None)
    if ended.update(expires_at=now, lock_token="") != 1:
        raise Conflict("The upload has just been finished.")
    transaction.on_commit(partial(_purge, upload), robust=True)


def sweep(*, now: datetime) -> int:
    """Deletes what expired uploads left; returns how many there were."""
    free = Q(lock_expires_at=None) | Q(lock_expires_at__lte=now)
    expired = ResumableUpload.across_tenants.filter(free, finished_at=None, expires_at__lte=now)
    rows = list(due(expired, reconciler=SWEEP, now=now)[:SWEPT_AT_ONCE])
    swept = each(((row.id, partial(_purge, row)) for row in rows), reconciler=SWEEP, now=now)
    if swept:
        logger.info("uploads.swept", uploads=swept)
    return swept


def content(version: DatasetVersion) -> Iterator[bytes] | None:
    """The pieces of a version that came in such, in order; ``None`` for one that did not."""
    parts = UploadPart.objects.filter(upload__version_id=version.id).order_by("start")
    keys = list(parts.values_list("key", flat=True))
    upload_exists = bool(keys) or ResumableUpload.objects.filter(version_id=version.id).exists()
    return _read(keys) if upload_exists else None


def finish(upload: ResumableUpload, *, now: datetime) -> None:
    """Makes the version of an upload that is whole, in the caller's transaction."""
    version = upload.version
    version.created_at = now
    operations.add_version(version, actor=upload.created_by, now=now)
    unfinished = ResumableUpload.objects.filter(id=upload.id, finished_at=None)
    if unfinished.update(finished_at=now, lock_token="", lock_expires_at=None) != 1:
        raise in_use()
    upload.finished_at = now


def _purge(upload: ResumableUpload) -> int:
    # Files first: a crash in between leaves a row that is found again.
    with tenant_scope(upload.organization_id):
        blob_store().delete_prefix(upload.parts_prefix)
        deleted, _ = ResumableUpload.objects.filter(id=upload.id, finished_at=None).delete()
    return int(deleted > 0)


def _read(keys: Iterable[str]) -> Iterator[bytes]:
    store = blob_store()
    for key in keys:
        with store.open(key) as part:
            yield part.read()


def in_use() -> UploadLocked:
    """To be raised."""
    return UploadLocked(
        "Another request is adding to this upload, or has ended it.",
        hint="Ask for its offset by HEAD, and go on from there.",
        retry_after_seconds=int(LOCKED_FOR.total_seconds()),
    )
