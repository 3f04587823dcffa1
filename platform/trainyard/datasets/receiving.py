"""Takes in the bytes of a resumable upload, request by request.

Nothing holds a transaction meanwhile. Who adds to an upload holds it by a token with an expiry, and every piece counts
only if the token still is the upload's: of two who add at once, one is refused.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from django.db import transaction
from django.db.models import F, Q

from trainyard.core.blobs import blob_store
from trainyard.core.connections import blocked
from trainyard.core.errors import Conflict, FieldError, InvalidInput, TrainyardError
from trainyard.datasets import queries
from trainyard.datasets.models import ResumableUpload, UploadPart
from trainyard.datasets.uploads import KEPT_FOR, LOCKED_FOR, check_unexpired, finish, in_use

logger = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

PART_BYTES = 8 * 2**20
"""As much is in memory of each upload, and as much is lost of it where a process dies."""
PART_SECONDS = 30.0
RENEWED_EVERY_SECONDS = 3.0
MOST_PARTS = 10_000
PATIENCE_SECONDS = 12.0
"""Longer than a lock that nobody renews."""
LOOK_AGAIN_SECONDS = 0.25


class OffsetMismatch(Conflict):
    code = "upload_offset_mismatch"


class ChecksumMismatch(TrainyardError):
    """The bytes do not match their checksum and were discarded; send them again."""

    status = 460
    code = "checksum_mismatch"


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    expected: bytes

    def start(self) -> Digest:
        return hashlib.new(self.algorithm, usedforsecurity=False)


def receive(
    *, upload_id: str, offset: int, chunks: Iterable[bytes], clock: Clock, checksum: Checksum | None = None
) -> ResumableUpload:
    """Adds ``chunks``, which begin at ``offset``; the last one makes the version.

    What came before ``chunks`` failed is kept, unless it has a checksum. Raises ``NotFound``, ``UploadExpired``,
    ``OffsetMismatch``, ``UploadLocked``, ``ChecksumMismatch``, and ``InvalidInput`` for more bytes than were announced.
    """
    upload = _locked(upload_id, offset=offset, clock=clock)
    if upload.finished_at is not None:
        return upload
    receiver = _Receiver(upload, clock, checksum)
    try:
        for chunk in chunks:
            receiver.take(chunk)
    except Exception:
        receiver.keep_the_rest()
        raise
    receiver.complete()
    return queries.upload(upload_id)


@dataclass
class _Receiver:
    """Gathers chunks into pieces and stores each as a blob, then as a row."""

    upload: ResumableUpload
    clock: Clock
    checksum: Checksum | None
    _waiting: list[bytes] = field(default_factory=list)
    _waiting_bytes: int = 0
    _unverified: list[UploadPart] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._digest = self.checksum.start() if self.checksum else None
        self._start = self.upload.offset
        self._stored_at = self._renewed_at = time.monotonic()

    def take(self, chunk: bytes) -> None:
        if self._start + self._waiting_bytes + len(chunk) > self.upload.length:
            message = f"More than the {self.upload.length} bytes that were announced as Upload-Length."
            raise InvalidInput(message, errors=(FieldError("Upload-Length", "too_long", message),))
        self._waiting.append(chunk)
        self._waiting_bytes += len(chunk)
        if self._digest is not None:
            self._digest.update(chunk)
        elapsed = time.monotonic()
        if self._waiting_bytes >= PART_BYTES or elapsed - self._stored_at > PART_SECONDS:
            self._store()
        elif elapsed - self._renewed_at > RENEWED_EVERY_SECONDS:
            self._renewed_at = elapsed
            _guarded(self.upload, lock_expires_at=self.clock() + LOCKED_FOR)

    def complete(self) -> None:
        self._store()
        if self._digest is not None and self.checksum is not None:
            if self._digest.digest() != self.checksum.expected:
                self._forget()
                self._release()
                raise ChecksumMismatch(
                    "What came has another checksum than Upload-Checksum says.", hint="Send it again from this offset."
                )
            self._count(self._unverified)
        self._release()

    def keep_the_rest(self) -> None:
        """The request ends in an error, which is what is to be told: of this, whatever can be is saved."""
        try:
            if self._digest is None:
                self._store()
            else:
                self._forget()
            self._release()
        except (TrainyardError, OSError) as error:
            logger.warning("upload.rest_lost", upload_id=self.upload.id, error=str(error))

    def _store(self) -> None:
        self._stored_at = self._renewed_at = time.monotonic()
        if not self._waiting:
            return
        chunks, size = self._waiting, self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0
        key = f"{self.upload.parts_prefix}/{self._start:020d}-{self.upload.lock_token}"
        with blocked():
            blob_store().write(key, chunks)
        part = UploadPart(upload=self.upload, start=self._start, size=size, key=key)
        self._start += size
        if self._digest is None:
            self._count([part])
        else:
            self._unverified.append(part)
            _guarded(self.upload, lock_expires_at=self.clock() + LOCKED_FOR)

    @transaction.atomic
    def _count(self, parts: list[UploadPart]) -> None:
        if not parts:
            return
        now = self.clock()
        _guarded(
            self.upload,
            offset=self._start,
            parts_count=F("parts_count") + len(parts),
            lock_expires_at=now + LOCKED_FOR,
            expires_at=now + KEPT_FOR,
        )
        UploadPart.objects.bulk_create(parts)
        self.upload.offset = self._start
        if self._start == self.upload.length:
            finish(self.upload, now=now)

    def _forget(self) -> None:
        for part in self._unverified:
            blob_store().delete_prefix(part.key)
        self._start = self.upload.offset

    def _release(self) -> None:
        mine = ResumableUpload.objects.filter(id=self.upload.id, lock_token=self.upload.lock_token)
        mine.update(lock_token="", lock_expires_at=None)


def _locked(upload_id: str, *, offset: int, clock: Clock) -> ResumableUpload:
    """The upload, held by a token of its own, unless it is finished already.

    Waits for a while where somebody has it: mostly that is the same client's broken connection, or a process that died,
    and what the client would send meanwhile would be in vain.
    """
    patience_ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        upload = _checked(upload_id, offset=offset, now=clock())
        if upload.finished_at is not None or _take(upload, now=clock()):
            return upload
        if time.monotonic() >= patience_ends:
            raise in_use()
        with blocked():
            time.sleep(LOOK_AGAIN_SECONDS)


def _checked(upload_id: str, *, offset: int, now: datetime) -> ResumableUpload:
    upload = queries.upload(upload_id)
    check_unexpired(upload, now=now)
    if offset != upload.offset:
        raise OffsetMismatch(
            f"The upload goes on at {upload.offset}, not at {offset}.",
            errors=(FieldError("Upload-Offset", "mismatch", f"It must be {upload.offset}."),),
        )
    if upload.parts_count >= MOST_PARTS:
        raise InvalidInput("The upload came in too many small pieces.", hint="Send larger ones.")
    return upload


def _take(upload: ResumableUpload, *, now: datetime) -> bool:
    free = Q(lock_expires_at=None) | Q(lock_expires_at__lte=now)
    rows = ResumableUpload.objects.filter(free, id=upload.id, offset=upload.offset, finished_at=None)
    token = secrets.token_hex(16)
    if rows.filter(expires_at__gt=now).update(lock_token=token, lock_expires_at=now + LOCKED_FOR) != 1:
        return False
    upload.lock_token = token
    return True


def _guarded(upload: ResumableUpload, **set_: object) -> None:
    """Raises ``UploadLocked`` where somebody else took the upload over, or ended it."""
    mine = ResumableUpload.objects.filter(id=upload.id, lock_token=upload.lock_token)
    if mine.update(**set_) != 1:
        raise in_use()
