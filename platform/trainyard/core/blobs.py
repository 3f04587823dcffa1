"""Where files live: a local directory or an S3 bucket, behind one port.

Keys are slash-separated paths chosen by us, never by a client. A blob appears whole or not at all.
"""

import contextlib
import errno
import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from trainyard.core.storage_full import StorageFull, telling_storage_full

CHUNK_BYTES = 2**20
PROBE = "probe"
PROBE_CHUNKS = 16


class BlobNotFound(LookupError):
    """No blob has this key."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored: size in bytes and hex SHA-256."""

    bytes: int
    sha256: str


class BlobStore(Protocol):
    def prepare(self) -> None:
        """Makes the store itself where it is missing; safe to call again."""

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Stores ``chunks`` durably under ``key``, replacing what was there. Raises ``StorageFull``."""

    def put_file(self, key: str, path: Path) -> None:
        """Stores the file at ``path``, which is consumed. Raises ``StorageFull``."""

    def open(self, key: str) -> IO[bytes]:
        """The content, to be read as a stream. Raises ``BlobNotFound``."""

    def local_path(self, key: str) -> Path | None:
        """The file itself where the store is a local directory, else ``None``. Raises ``BlobNotFound``."""

    def url(self, key: str, *, expires_seconds: int) -> str | None:
        """A presigned address from which anybody may read the blob, or ``None`` where clients reach no store."""

    def delete_prefix(self, prefix: str) -> None:
        """Deletes the blob ``prefix`` and every one below it, ``prefix/…``; none is no error."""


class LocalBlobStore:
    """Blobs as files below ``root``: written beside their place, fsynced, renamed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)

    @telling_storage_full()
    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        target = self._path(key)
        _make_directory(target.parent)
        digest, size = hashlib.sha256(), 0
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _fsync_directory(target.parent)
        return Stored(bytes=size, sha256=digest.hexdigest())

    @telling_storage_full()
    def put_file(self, key: str, path: Path) -> None:
        target = self._path(key)
        _make_directory(target.parent)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            with path.open("rb") as file:
                self.put(key, iter(lambda: file.read(CHUNK_BYTES), b""))
            path.unlink()
        _fsync_directory(target.parent)

    def open(self, key: str) -> IO[bytes]:
        path = self.local_path(key)
        return path.open("rb")

    def local_path(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
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

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if not parts or key.startswith("/") or ".." in parts:
            raise ValueError(f"not a blob key: {key!r}")
        return self._root.joinpath(*parts)


class S3BlobStore:
    """Blobs as objects of one bucket; credentials come from the standard AWS environment variables."""

    def __init__(
        self, *, bucket: str, prefix: str, endpoint_url: str | None, public_endpoint_url: str | None = None
    ) -> None:
        self._client = _s3_client(endpoint_url)
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        # The endpoint that we use may be one of a private network. Amazon's own is everybody's.
        is_reachable = endpoint_url is None or public_endpoint_url is not None
        self._signing_client = _s3_client(public_endpoint_url) if is_reachable else None

    def prepare(self) -> None:
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except self._client.exceptions.ClientError:
            self._client.create_bucket(Bucket=self._bucket)

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        reader = _HashingReader(iter(chunks))
        with telling_storage_full():
            self._client.upload_fileobj(reader, self._bucket, self._key(key))
        return Stored(bytes=reader.size, sha256=reader.digest.hexdigest())

    def put_file(self, key: str, path: Path) -> None:
        with telling_storage_full(), path.open("rb") as file:
            self._client.upload_fileobj(file, self._bucket, self._key(key))
        path.unlink()

    def open(self, key: str) -> IO[bytes]:
        try:
            body: IO[bytes] = self._client.get_object(Bucket=self._bucket, Key=self._key(key))["Body"]
        except self._client.exceptions.NoSuchKey:
            raise BlobNotFound(key) from None
        return body

    def local_path(self, key: str) -> None:
        return None

    def url(self, key: str, *, expires_seconds: int) -> str | None:
        if self._signing_client is None:
            return None
        address: str = self._signing_client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": self._key(key)}, ExpiresIn=expires_seconds
        )
        return address

    def delete_prefix(self, prefix: str) -> None:
        whole, below = self._key(prefix), f"{self._key(prefix)}/"
        self._client.delete_object(Bucket=self._bucket, Key=whole)
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=below):
            objects = [{"Key": item["Key"]} for item in page.get("Contents", ())]
            if not objects:
                continue
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                raise OSError(f"could not delete all below {prefix}: {answer['Errors'][0]}")

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key


class _HashingReader:
    """A readable over chunks that hashes what passes, so that an upload of any size stays flat in memory."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, amount: int = -1) -> bytes:
        while amount < 0 or len(self._buffer) < amount:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._buffer += chunk
        taken = self._buffer if amount < 0 else self._buffer[:amount]
        self._buffer = self._buffer[len(taken) :]
        self.digest.update(taken)
        self.size += len(taken)
        return taken


def _s3_client(endpoint_url: str | None) -> Any:
    import boto3  # slow to import, and only here needed
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(signature_version="s3v4", connect_timeout=5, read_timeout=60, retries={"mode": "standard"})
    return boto3.client("s3", endpoint_url=endpoint_url, config=config)


def _make_directory(directory: Path) -> None:
    """Makes ``directory`` and its parents durably: a new name lasts once the directory that holds it is synced."""
    if directory.is_dir():
        return
    _make_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    _fsync_directory(directory.parent)


def _fsync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def blob_store() -> BlobStore:
    """The store that ``TRAINYARD_BLOB_URL`` names."""
    address = urlsplit(settings.ENVIRONMENT.effective_blob_url)
    if address.scheme == "s3":
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
