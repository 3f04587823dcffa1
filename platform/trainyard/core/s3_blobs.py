"""Blobs as objects of a bucket of any store that speaks the S3 API."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, cast

from trainyard.core.blobs import BlobNotFound, Metered, Stored, StoredKey, Unsealed, checked_key
from trainyard.core.seekable import SeekableReader
from trainyard.core.storage_full import raising_storage_full
from trainyard_common.untrusted import open_file

IN_ONE_REQUEST_BYTES = 16 * 2**20
"""What is smaller goes in one request: a piece of a resumable upload does."""
CHUNKS_IN_MEMORY = 2
"""Of a larger stream; the library's own ten are 80 MiB."""


class S3BlobStore(Unsealed):
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
        except self._client.exceptions.ClientError as error:
            # Only what is missing is made: a bucket that may not be looked at would seem to be made, and be refused.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                raise
            self._client.create_bucket(Bucket=self._bucket)

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        metered = Metered(chunks)
        self.write(key, metered)
        return metered.stored

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        with raising_storage_full():
            self._client.upload_fileobj(
                _Readable(iter(chunks)), self._bucket, self._key(key), Config=_transfer_config()
            )

    def put_file(self, key: str, path: Path) -> None:
        with raising_storage_full(), open_file(path.parent, Path(path.name)) as file:
            self._client.upload_fileobj(file, self._bucket, self._key(key))
        path.unlink()

    def open(self, key: str) -> IO[bytes]:
        def read_from(start: int) -> dict[str, Any]:
            wanted = {"Range": f"bytes={start}-"} if start else {}
            answer: dict[str, Any] = self._client.get_object(Bucket=self._bucket, Key=self._key(key), **wanted)
            return answer

        try:
            return cast("IO[bytes]", _Object(read_from))
        except self._client.exceptions.NoSuchKey:
            raise BlobNotFound(key) from None

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
        whole = self._key(prefix)
        self._client.delete_object(Bucket=self._bucket, Key=whole)
        for page in self._pages(prefix):
            objects = [{"Key": item["Key"]} for item in page.get("Contents", ())]
            if not objects:
                continue
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                raise OSError(f"could not delete all below {prefix}: {answer['Errors'][0]}")
        left = self._client.list_objects_v2(Bucket=self._bucket, Prefix=f"{whole}/", MaxKeys=1).get("Contents")
        if left:
            raise OSError(f"{left[0]['Key']} is still there after all below {prefix} was deleted")

    def keys(self, prefix: str) -> Iterator[StoredKey]:
        own = len(self._prefix) + 1 if self._prefix else 0
        for page in self._pages(prefix):
            for item in page.get("Contents", ()):
                yield StoredKey(item["Key"][own:], item["LastModified"])

    def _pages(self, prefix: str) -> Iterable[dict[str, Any]]:
        pages: Iterable[dict[str, Any]] = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._key(prefix)}/"
        )
        return pages

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{checked_key(key)}" if self._prefix else checked_key(key)


class _Object(SeekableReader):
    """An object's content, to be read from anywhere: somewhere else it is asked for anew, from there on."""

    def __init__(self, read_from: Callable[[int], dict[str, Any]]) -> None:
        answer = read_from(0)
        super().__init__(size=answer["ContentLength"])
        self._read_from = read_from
        self._body: Any = answer["Body"]
        self._body_at = 0

    def read(self, size: int | None = -1) -> bytes:
        if self._position >= self._size:
            return b""
        if self._body_at != self._position:
            self._body.close()
            self._body, self._body_at = self._read_from(self._position)["Body"], self._position
        content: bytes = self._body.read(None if size is None or size < 0 else size)
        self._position += len(content)
        self._body_at = self._position
        return content

    def close(self) -> None:
        self._body.close()
        super().close()


class ObjectRefused(Exception):
    """The store does not give the object: ``status`` is that of its answer, 0 where none came."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"the store answered {status}")


@dataclass(frozen=True, slots=True)
class OpenedObject:
    """The bytes from ``start`` on of an object of ``length``; ``body`` is to be closed."""

    start: int
    length: int
    etag: str
    body: Any

    def chunks(self, size: int) -> Iterator[bytes]:
        """Raises ``ObjectRefused`` where the store says no more."""
        from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]  # slow to import

        try:
            while chunk := self.body.read(size):
                yield chunk
        except (BotoCoreError, OSError) as error:
            raise ObjectRefused(0) from error


def opened_object(*, bucket: str, key: str, start: int, etag: str, endpoint_url: str | None) -> OpenedObject:
    """An object of any bucket that the platform's credentials read: from ``start`` on while it still has ``etag``.

    From the beginning where it was changed since. Raises ``ObjectRefused``.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # slow to import

    wanted = {"Range": f"bytes={start}-", "IfMatch": etag} if start else {}
    try:
        answer = _s3_client(endpoint_url).get_object(Bucket=bucket, Key=key, **wanted)
    except ClientError as error:
        status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if start and status in {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}:
            return opened_object(bucket=bucket, key=key, start=0, etag="", endpoint_url=endpoint_url)
        raise ObjectRefused(status) from error
    except BotoCoreError as error:
        raise ObjectRefused(0) from error
    return OpenedObject(start, start + answer["ContentLength"], answer["ETag"], answer["Body"])


class _Readable:
    """A readable over chunks, so that an upload of any size stays flat in memory."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""

    def read(self, amount: int = -1) -> bytes:
        parts, size = [self._buffer], len(self._buffer)
        while amount < 0 or size < amount:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            size += len(chunk)
        self._buffer = b""
        whole = b"".join(parts)
        if amount < 0 or size <= amount:
            return whole
        self._buffer = whole[amount:]
        return whole[:amount]


@cache
def _transfer_config() -> Any:
    from boto3.s3.transfer import TransferConfig  # slow to import, and only here needed

    config = TransferConfig(multipart_threshold=IN_ONE_REQUEST_BYTES, max_concurrency=CHUNKS_IN_MEMORY)
    config.max_in_memory_upload_chunks = CHUNKS_IN_MEMORY
    return config


def _s3_client(endpoint_url: str | None) -> Any:
    import boto3  # slow to import, and only here needed
    from botocore.config import Config  # type: ignore[import-untyped]

    config = Config(signature_version="s3v4", connect_timeout=5, read_timeout=60, retries={"mode": "standard"})
    return boto3.client("s3", endpoint_url=endpoint_url, config=config)
