"""Uploaded files of attempts: recorded as they arrive, and compared with later registrations."""

from collections.abc import Iterable

from trainyard.core.blobs import blob_store
from trainyard.core.errors import Conflict, FieldError
from trainyard.jobs.models import Attempt, UploadedFile
from trainyard_spec.files import FileEntry


class NotUploaded(Conflict):
    """A registration names files that were not uploaded, or not completely."""

    code = "not_uploaded"


def receive(attempt: Attempt, *, key: str, chunks: Iterable[bytes]) -> None:
    """Stores a file durably under ``key``; again replaces what was there."""
    # The row first: no file is ever stored that the database does not know of.
    UploadedFile.objects.get_or_create(key=key, defaults={"attempt": attempt})
    stored = blob_store().put(key, chunks)
    UploadedFile.objects.filter(key=key).update(bytes=stored.bytes, sha256=stored.sha256)


def settle(attempt: Attempt, *, prefix: str, files: Iterable[FileEntry]) -> None:
    """Makes sure that every one of ``files`` lies under ``prefix``, whole. Raises ``NotUploaded`` naming the others.

    What is settled is registered by the caller, in the same transaction, and forgotten here.
    """
    keys = {f"{prefix}/{file.name}": file for file in files}
    uploaded = UploadedFile.objects.filter(attempt=attempt, key__in=keys)
    arrived = {found.key: (found.bytes, found.sha256) for found in uploaded}
    missing = [file.name for key, file in keys.items() if arrived.get(key) != (file.bytes, file.sha256)]
    if missing:
        raise NotUploaded(
            "Files are missing or differ from what was stated.",
            errors=tuple(FieldError("files", "not_uploaded", f"{name} did not arrive as stated.") for name in missing),
        )
    uploaded.delete()
