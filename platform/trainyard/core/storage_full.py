"""The error of a full disk, or a full S3 service, for whoever sent something."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from trainyard.core.errors import TrainyardError
from trainyard_spec.files import NO_ROOM

S3_NO_ROOM = frozenset({"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"})
"""Error codes of Ceph and MinIO for a full disk or a spent quota; others answer 507."""


class StorageFull(TrainyardError):
    status = 507
    code = "storage_full"


@contextmanager
def raising_storage_full() -> Iterator[None]:
    """Turns what a full file system, or a full S3 service, says into ``StorageFull``."""
    try:
        yield
    except Exception as error:
        if not _is_no_room(error):
            raise
        raise StorageFull(
            "The platform has no room left for this upload.",
            hint="Nothing was stored. Tell the operator, then try again.",
        ) from error


def _is_no_room(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    answer: dict[str, Any] = getattr(error, "response", {})  # of botocore's ClientError, which is slow to import
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status == HTTPStatus.INSUFFICIENT_STORAGE or answer.get("Error", {}).get("Code") in S3_NO_ROOM
