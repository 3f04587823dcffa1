"""Blob store: a local directory or an S3 bucket behind one port.

Keys are slash-separated paths chosen by the platform, never by a client. A blob is written atomically.
"""

import contextlib
import errno
import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from trainyard.core.storage_full import StorageFull, raising_storage_full
from trainyard_common.atomic_io import sync_path
from trainyard_common.untrusted import Untrustworthy, open_file

CHUNK_BYTES = 2**20
OWNERS_ALONE = 0o600
PROBE = "probe"
PROBE_CHUNKS = 16


class BlobNotFound(LookupError):
    """No blob has this key."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Result of a write: size in bytes and hex SHA-256."""

    bytes: int
    sha256: str


class StoredKey(NamedTuple):
    """Key of a stored blob, and the time (UTC) at which it was stored."""

    key: str
    stored_at: datetime


class Metered:
    """Passes chunks through, counting and hashing them; ``stored`` describes those that have passed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._digest = hashlib.sha256()
        self._bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._digest.update(chunk)
            self._bytes += len(chunk)
            yield chunk

    @property
    def stored(self) -> Stored:
        return Stored(bytes=self._bytes, sha256=self._digest.hexdigest())


class BlobStore(Protocol):
    def prepare(self) -> None:
        """Makes the store itself where it is missing; safe to call again."""

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Stores ``chunks`` durably under ``key``, replacing what was there. Raises ``StorageFull``."""

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """``put`` for somebody who knows what it would return."""

    def put_file(self, key: str, path: Path) -> None:
        """Stores the file at ``path``, which is consumed. Raises ``StorageFull``, and ``Untrustworthy`` for a link."""

    def open(self, key: str) -> IO[bytes]:
        """The content, to be read from anywhere. Raises ``BlobNotFound``."""

    def local_path(self, key: str) -> Path | None:
        """The content's own file where there is one, else ``None``. Raises ``BlobNotFound``."""

    def url(self, key: str, *, expires_seconds: int) -> str | None:
        """A presigned address from which anybody may read the content, or ``None`` where there is none."""

    def sealed(self, key: str, content: bytes) -> bytes:
        """``content`` as the store would have it at ``key``, for what is small and lies in the database instead."""

    def opened(self, key: str, content: bytes) -> bytes:
        """What was ``sealed`` for ``key``. Raises ``BlobNotFound`` where nobody can read it any more."""

    def delete_prefix(self, prefix: str) -> None:
        """Deletes the blob ``prefix`` and every one below it, ``prefix/…``; none is no error.

        Raises ``OSError`` unless they are gone, by what the store itself lists afterwards.
        """

    def keys(self, prefix: str) -> Iterator[StoredKey]:
        """Every blob below ``prefix``, in no order, found as they are read."""


class Unsealed:
    """Base of stores that write content unencrypted."""

    def sealed(self, key: str, content: bytes) -> bytes:
        return content

    def opened(self, key: str, content: bytes) -> bytes:
        return content


class LocalBlobStore(Unsealed):
    """Blobs as files below ``root``: written to a temporary name, fsynced, renamed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        metered = Metered(chunks)
        self.write(key, metered)
        return metered.stored

    @raising_storage_full()
    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        target = self._path(key)
        _make_directory(target.parent)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_path(target.parent)

    @raising_storage_full()
    def put_file(self, key: str, path: Path) -> None:
        target = self._path(key)
        _make_directory(target.parent)
        with open_file(path.parent, Path(path.name)) as file:
            os.fsync(file.fileno())
            try:
                path.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self.write(key, iter(lambda: file.read(CHUNK_BYTES), b""))
                path.unlink()
            else:
                _make_own(file, target)
        sync_path(target.parent)

    def open(self, key: str) -> IO[bytes]:
        path = self._path(key)
        try:
            return open_file(path.parent, Path(path.name))
        except (FileNotFoundError, NotADirectoryError, Untrustworthy):
            raise BlobNotFound(key) from None

    def local_path(self, key: str) -> Path:
        path = self._path(key)
        if path.is_symlink() or not path.is_file():
            raise BlobNotFound(key)
        return path

    def url(self, key: str, *, expires_seconds: int) -> None:
        return None

    def delete_prefix(self, prefix: str) -> None:
        directory = self._path(prefix)
        if directory.is_file():
            directory.unlink()
            return
        for path in sorted(directory.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        with contextlib.suppress(FileNotFoundError):
            directory.rmdir()

    def keys(self, prefix: str) -> Iterator[StoredKey]:
        for directory, _, names in os.walk(self._path(prefix)):
            for name in names:
                path = Path(directory, name)
                with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                    stored_at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
                    yield StoredKey(path.relative_to(self._root).as_posix(), stored_at)

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*checked_key(key).split("/"))


def checked_key(key: str) -> str:
    """``key``, spelt as every store spells it. Raises ``ValueError`` for what is none."""
    parts = PurePosixPath(key).parts
    if not parts or key.startswith("/") or ".." in parts:
        raise ValueError(f"not a blob key: {key!r}")
    return "/".join(parts)


def _make_own(file: IO[bytes], target: Path) -> None:
    """What was renamed to ``target`` is the very ``file`` that was opened, and nobody else's to write from now on."""
    opened, stored = os.fstat(file.fileno()), target.lstat()
    if (opened.st_dev, opened.st_ino) != (stored.st_dev, stored.st_ino):
        target.unlink()
        raise Untrustworthy(f"{target.name} was replaced while it was stored.")
    if os.geteuid() == 0:
        os.fchown(file.fileno(), 0, 0)
    os.fchmod(file.fileno(), OWNERS_ALONE)


def _make_directory(directory: Path) -> None:
    """Makes ``directory`` and its parents durably: a new name lasts once the directory that holds it is synced."""
    if directory.is_dir():
        return
    _make_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    sync_path(directory.parent)


@cache
def blob_store() -> BlobStore:
    """The store that ``TRAINYARD_BLOB_URL`` names; it encrypts where there are master keys."""
    from trainyard.core.encryption.keys import KeyRing  # the store of encrypted blobs builds on this module
    from trainyard.core.encryption.master import master_keys
    from trainyard.core.encryption.store import EncryptedBlobStore

    master = master_keys()
    return _plain_store() if master is None else EncryptedBlobStore(_plain_store(), KeyRing(master))


def _plain_store() -> BlobStore:
    address = urlsplit(settings.ENVIRONMENT.effective_blob_url)
    if address.scheme == "s3":
        from trainyard.core.s3_blobs import S3BlobStore  # it builds on this module

        return S3BlobStore(
            bucket=address.netloc,
            prefix=address.path,
            endpoint_url=settings.ENVIRONMENT.s3_endpoint_url,
            public_endpoint_url=settings.ENVIRONMENT.s3_public_endpoint_url,
        )
    return LocalBlobStore(Path(address.path))


def has_room() -> bool:
    """Whether the store takes some megabytes now. Found by writing them: a quota shows in no other way."""
    try:
        blob_store().put(PROBE, itertools.repeat(bytes(CHUNK_BYTES), PROBE_CHUNKS))
    except StorageFull:
        return False
    blob_store().delete_prefix(PROBE)
    return True
