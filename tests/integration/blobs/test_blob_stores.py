"""Both stores keep the same promises: a local directory, and a server that speaks the S3 API."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from tests.support.servers import s3_bucket
from trainyard.core.blobs import BlobNotFound, BlobStore, LocalBlobStore, Stored
from trainyard.core.s3_blobs import S3BlobStore
from trainyard.core.storage_full import StorageFull

KEY = "organizations/org_1/datasets/dsv_1/source"
CONTENT = b"0123456789" * 1000


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with s3_bucket("trainyard") as address:
        yield address


@pytest.fixture(params=["local", "s3", "s3 with a prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "local":
        return LocalBlobStore(tmp_path / "blobs")
    endpoint = request.getfixturevalue("s3_endpoint")
    prefix = f"{request.node.name}/deep" if "prefix" in request.param else request.node.name
    return S3BlobStore(bucket="trainyard", prefix=prefix, endpoint_url=endpoint)


def content(store: BlobStore, key: str = KEY) -> bytes:
    with store.open(key) as file:
        return file.read()


def test_what_was_put_is_there(store: BlobStore) -> None:
    stored = store.put(KEY, iter([CONTENT[:17], b"", CONTENT[17:]]))
    assert stored == Stored(bytes=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
    assert content(store) == CONTENT


def test_nothing_is_content_too(store: BlobStore) -> None:
    assert store.put(KEY, []) == Stored(bytes=0, sha256=hashlib.sha256().hexdigest())
    assert content(store) == b""


def test_putting_again_replaces(store: BlobStore) -> None:
    store.put(KEY, [b"old and longer"])
    store.put(KEY, [b"new"])
    assert content(store) == b"new"


def test_more_than_one_part_of_a_multipart_upload(store: BlobStore) -> None:
    chunks = [os.urandom(2**20) for _ in range(18)]
    assert store.put(KEY, iter(chunks)).bytes == 18 * 2**20
    assert hashlib.sha256(content(store)).digest() == hashlib.sha256(b"".join(chunks)).digest()


def test_a_put_that_fails_leaves_what_was_there(store: BlobStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    store.put(KEY, [b"old"])
    with pytest.raises(ConnectionResetError):
        store.put(KEY, broken())
    assert content(store) == b"old"


def test_a_file_is_consumed(store: BlobStore, tmp_path: Path) -> None:
    file = tmp_path / "upload"
    file.write_bytes(CONTENT)
    store.put_file(KEY, file)
    assert content(store) == CONTENT
    assert not file.exists()


def test_what_is_not_there_is_not_found(store: BlobStore) -> None:
    with pytest.raises(BlobNotFound):
        store.open(KEY)


def test_a_prefix_ends_at_a_slash(store: BlobStore) -> None:
    for key in ("a/1/x", "a/1/y/z", "a/10/x", "a/1x"):
        store.put(key, [b"1"])
    store.delete_prefix("a/1")
    for gone in ("a/1/x", "a/1/y/z"):
        with pytest.raises(BlobNotFound):
            store.open(gone)
    assert (content(store, "a/10/x"), content(store, "a/1x")) == (b"1", b"1")
    store.delete_prefix("a/1")


def test_a_prefix_is_the_same_with_a_slash_behind_it(store: BlobStore) -> None:
    store.put("a/1/x", [b"1"])
    store.delete_prefix("a/1/")
    assert list(store.keys("a")) == []


def test_what_is_stored_is_listed(store: BlobStore) -> None:
    for key in ("a/1/x", "a/1/y/z", "b/x"):
        store.put(key, [b"1"])
    listed = list(store.keys("a"))
    assert sorted(stored.key for stored in listed) == ["a/1/x", "a/1/y/z"]
    assert all(abs(stored.stored_at - datetime.now(UTC)) < timedelta(hours=1) for stored in listed)


def test_a_prefix_may_be_one_blob(store: BlobStore) -> None:
    store.put(KEY, [b"1"])
    store.delete_prefix(KEY)
    with pytest.raises(BlobNotFound):
        store.open(KEY)


@pytest.mark.parametrize("key", ["", "/etc/passwd", "a/../../b", ".."])
def test_a_key_stays_below_the_root(store: BlobStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a blob key"):
        store.put(key, [b"x"])


def test_a_deletion_that_did_not_take_is_told(s3_endpoint: str) -> None:
    store = S3BlobStore(bucket="trainyard", prefix="kept", endpoint_url=s3_endpoint)
    store.put("a/1/x", [b"1"])

    def accept(**_: object) -> tuple[AWSResponse, dict[str, object]]:
        return AWSResponse("", 200, {}, None), {"ResponseMetadata": {"HTTPStatusCode": 200}}

    store._client.meta.events.register("before-call.s3.DeleteObjects", accept)
    with pytest.raises(OSError, match="a/1/x is still there"):
        store.delete_prefix("a/1")


@pytest.mark.parametrize(("status", "makes"), [(404, True), (403, False), (500, False)])
def test_only_a_bucket_that_is_missing_is_made(s3_endpoint: str, status: int, makes: bool) -> None:
    store, made = S3BlobStore(bucket="new", prefix="", endpoint_url=s3_endpoint), []

    def refuse(**_: object) -> tuple[AWSResponse, dict[str, object]]:
        answer = {"Error": {"Code": str(status)}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return AWSResponse("", status, {}, None), answer

    def make(**_: object) -> tuple[AWSResponse, dict[str, object]]:
        made.append(True)
        return AWSResponse("", 200, {}, None), {"ResponseMetadata": {"HTTPStatusCode": 200}}

    store._client.meta.events.register("before-call.s3.HeadBucket", refuse)
    store._client.meta.events.register("before-call.s3.CreateBucket", make)
    with nullcontext() if makes else pytest.raises(ClientError):
        store.prepare()
    assert bool(made) == makes


def test_a_local_file_is_readable_by_nobody_else(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    store.put(KEY, [b"x"])
    assert store.local_path(KEY).stat().st_mode & 0o077 == 0


def test_a_file_from_another_file_system_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self.name == "upload":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    file = tmp_path / "upload"
    file.write_bytes(CONTENT)
    store = LocalBlobStore(tmp_path / "blobs")
    store.put_file(KEY, file)
    assert content(store) == CONTENT
    assert not file.exists()


def test_a_store_of_a_private_network_gives_out_no_address(s3_endpoint: str) -> None:
    store = S3BlobStore(bucket="trainyard", prefix="", endpoint_url=s3_endpoint)
    assert store.url(KEY, expires_seconds=60) is None


def test_a_presigned_address_serves_the_blob(s3_endpoint: str) -> None:
    store = S3BlobStore(bucket="trainyard", prefix="", endpoint_url=s3_endpoint, public_endpoint_url=s3_endpoint)
    store.put(KEY, [CONTENT])
    address = store.url(KEY, expires_seconds=60)
    assert address is not None
    assert "X-Amz-Signature" in address
    assert httpx.get(address).content == CONTENT


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    store = LocalBlobStore(tmp_path)
    store.put(KEY, [b"old"])
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageFull):
        store.put(KEY, [b"new"])
    monkeypatch.undo()
    assert content(store) == b"old"
    assert [path.name for path in (tmp_path / KEY).parent.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("status", "code"), [(507, "XMinioStorageFull"), (400, "XMinioAdminBucketQuotaExceeded"), (403, "QuotaExceeded")]
)
def test_a_full_s3_service_is_told(s3_endpoint: str, tmp_path: Path, status: int, code: str) -> None:
    store = S3BlobStore(bucket="trainyard", prefix="", endpoint_url=s3_endpoint)
    file = tmp_path / "upload"
    file.write_bytes(CONTENT)

    def refuse(**_: object) -> tuple[AWSResponse, dict[str, object]]:
        answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return AWSResponse("", status, {}, None), answer

    store._client.meta.events.register("before-call.s3.PutObject", refuse)
    for put in (lambda: store.put(KEY, [CONTENT]), lambda: store.put_file(KEY, file)):
        with pytest.raises(StorageFull):
            put()
    assert file.exists()
