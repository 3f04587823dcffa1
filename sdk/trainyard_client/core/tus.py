"""Resumable uploads by tus 1.0 (https://tus.io/protocols/resumable-upload): creation, checksum."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

from trainyard_client.core.calls import get, send
from trainyard_client.core.retries import retrying
from trainyard_client.core.steps import Request, Steps, blocking, exchange, sleep
from trainyard_client.core.uploads import ANSWER_SECONDS, OnProgress
from trainyard_client.errors import ApiError, ChangedFile
from trainyard_client.types import DatasetVersion, Upload

PIECE_BYTES = 8 * 2**20
"""Of a request; what a broken line loses is less than this."""
PATIENCE_SECONDS = 300.0
"""How long the service may be away in the middle of a file."""
POLL_SECONDS = 0.5
PROTOCOL = {"Tus-Resumable": "1.0.0"}
CONFLICT, CHECKSUM_MISMATCH = 409, 460


def begin(metadata: Mapping[str, str], size: int) -> Steps[Upload]:
    """A resumable upload of ``size`` bytes without any of them yet."""
    pairs = ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in metadata.items())
    headers = {**PROTOCOL, "Upload-Length": str(size), "Upload-Metadata": pairs}
    return Upload((yield from send(Request("POST", "uploads/", headers=headers))).json())


def send_pieces(upload: Upload, file: Path, *, on_progress: OnProgress | None = None) -> Steps[DatasetVersion]:
    """The version that ``file`` becomes, of which the service may hold a part already.

    After each failure the service is asked how much it holds. Of a file that went on from an earlier process, the whole
    is compared by its SHA-256 as soon as the service has computed it.

    Raises ``ChangedFile`` for a file that is not the one that the upload began with, ``ApiError``, ``Unreachable``.
    """
    content = yield from blocking(lambda: file.open("rb"))
    resumed = upload.offset > 0
    try:
        size = file.stat().st_size
        if size != upload.length:
            raise ChangedFile(f"{file} has {size:,} bytes, and {upload.id} began with {upload.length:,}.")
        transfer = _Transfer(upload, content, on_progress)
        yield from transfer.run()
        digest = (yield from blocking(lambda: _sha256(content))) if resumed else None
    finally:
        content.close()
    done = yield from get(Upload, f"uploads/{upload.id}", for_seconds=PATIENCE_SECONDS)
    path = f"datasets/{done.dataset_id}/versions/{done.version_id}"
    version = yield from get(DatasetVersion, path)
    while resumed and not version.sha256 and version.state == "validating":
        yield from sleep(POLL_SECONDS)
        version = yield from get(DatasetVersion, path)
    if resumed and version.sha256 != digest:
        raise ChangedFile(f"{file} is not the file that {upload.id} began with: {version.id} is made of both.")
    return version


class _Transfer:
    """Sends what the service does not hold yet."""

    def __init__(self, upload: Upload, content: BinaryIO, on_progress: OnProgress | None) -> None:
        self._path = f"uploads/{upload.id}"
        self._size = upload.length
        self._offset = upload.offset
        self._content = content
        self._on_progress = on_progress

    def run(self) -> Steps[None]:
        self._tell()
        while self._offset < self._size:
            piece = yield from blocking(self._read)
            yield from retrying(partial(self._put, piece), for_seconds=PATIENCE_SECONDS)
            self._tell()

    def _put(self, piece: bytes, tries: int) -> Steps[None]:
        if tries:
            held = yield from self._held()
            if held != self._offset:  # more of it arrived than was answered: what to send now is another piece
                self._offset = held
                return
        digest = b64encode(hashlib.sha256(piece).digest()).decode()
        headers = {
            **PROTOCOL,
            "Upload-Offset": str(self._offset),
            "Upload-Checksum": f"sha256 {digest}",
            "Content-Type": "application/offset+octet-stream",
        }
        request = Request("PATCH", self._path, content=piece, headers=headers, read_timeout=ANSWER_SECONDS)
        response = yield from exchange(request)
        if response.status_code == CHECKSUM_MISMATCH:  # it was damaged on its way
            response = yield from exchange(request)
        if response.is_success:
            self._offset = int(response.headers["Upload-Offset"])
            return
        held = (yield from self._held()) if response.status_code == CONFLICT else self._offset
        if held == self._offset:
            raise ApiError.from_response(response)
        self._offset = held  # somebody else sent some of it

    def _held(self) -> Steps[int]:
        """So many bytes the service has."""
        return (yield from get(Upload, self._path, for_seconds=PATIENCE_SECONDS)).offset

    def _read(self) -> bytes:
        self._content.seek(self._offset)
        return self._content.read(PIECE_BYTES)

    def _tell(self) -> None:
        if self._on_progress:
            self._on_progress(self._offset, self._size)


def _sha256(content: BinaryIO) -> str:
    content.seek(0)
    digest = hashlib.sha256()
    while block := content.read(2**20):
        digest.update(block)
    return digest.hexdigest()
