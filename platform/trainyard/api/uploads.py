"""Upload handler with constant memory: files are written to disk and hashed as they arrive, up to a size limit."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from rest_framework.request import Request

from trainyard.core.blobs import CHUNK_BYTES
from trainyard.core.errors import TrainyardError
from trainyard.core.storage_full import raising_storage_full


class UploadTooLarge(TrainyardError):
    status = 413
    code = "upload_too_large"


def too_large(limit: int, *, is_upload: bool = True) -> UploadTooLarge:
    """``is_upload`` tells an upload's limit from the one that every other body has."""
    if not is_upload:
        return UploadTooLarge(
            f"The body is larger than {limit} bytes, the most that is taken here.",
            hint="Send less at once; data sets are uploaded as files to /datasets/{id}/versions.",
        )
    return UploadTooLarge(f"The upload is larger than {limit} bytes, the most this platform takes.", hint="Split it.")


class HashedFile(TemporaryUploadedFile):
    """A received file on disk. ``sha256`` is the hex digest of its content."""

    sha256: str
    file: IO[bytes]


class HashingUploadHandler(FileUploadHandler):
    """Raises ``UploadTooLarge`` and ``StorageFull`` as soon as they are known."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._limit: int = settings.ENVIRONMENT.max_upload_bytes
        self._received = 0
        self._file: HashedFile | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file = HashedFile(self.file_name or "", self.content_type, 0, self.charset, self.content_type_extra)
        self._digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._file is not None  # noqa: S101  Django opens a file before it sends chunks
        self._received += len(raw_data)
        if self._received > self._limit:
            self.upload_interrupted()
            raise too_large(self._limit)
        self._digest.update(raw_data)
        with self._dropped_if_full():
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> HashedFile:
        assert self._file is not None  # noqa: S101
        file = self._file
        with self._dropped_if_full():
            file.flush()
            file.seek(0)
        file.size = file_size
        file.sha256 = self._digest.hexdigest()
        self._file = None
        return file

    def upload_interrupted(self) -> None:
        if self._file is not None:
            # Closing writes what is still buffered, which a full disk refuses once more.
            with suppress(OSError):
                self._file.close()
            self._file = None

    @contextmanager
    def _dropped_if_full(self) -> Iterator[None]:
        try:
            with raising_storage_full():
                yield
        except BaseException:
            self.upload_interrupted()
            raise


def upload_chunks(request: Request) -> Iterator[bytes]:
    """The raw body as it arrives. Raises ``UploadTooLarge``."""
    limit, received = settings.ENVIRONMENT.max_upload_bytes, 0
    while chunk := request._request.read(CHUNK_BYTES):  # noqa: SLF001  REST framework only parses
        received += len(chunk)
        if received > limit:
            raise UploadTooLarge(f"The file is larger than {limit} bytes, the most this platform takes.")
        yield chunk
