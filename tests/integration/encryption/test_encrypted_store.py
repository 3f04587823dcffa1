"""Blobs encrypted by a key for each organization, on a directory and on a server that speaks the S3 API."""

import hashlib
import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.support.platform import START, Organization
from tests.support.servers import s3_bucket
from trainyard.core import blobs
from trainyard.core.blobs import BlobNotFound, BlobStore, LocalBlobStore, Stored
from trainyard.core.encryption import keys, master
from trainyard.core.encryption.keys import KeyRing
from trainyard.core.encryption.master import LocalMasterKeys, MasterKeyMissing
from trainyard.core.encryption.store import EncryptedBlobStore
from trainyard.core.models import AuditEvent, OrganizationKey
from trainyard.core.s3_blobs import S3BlobStore
from trainyard.core.tenancy import no_scope, tenant_scope

FIRST, SECOND = os.urandom(32), os.urandom(32)
CONTENT = os.urandom(2**20 + 17)


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with s3_bucket("trainyard") as address:
        yield address


@pytest.fixture(params=["local", "s3"])
def inner(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "local":
        return LocalBlobStore(tmp_path / "blobs")
    address = request.getfixturevalue("s3_endpoint")
    return S3BlobStore(bucket="trainyard", prefix=request.node.name, endpoint_url=address, public_endpoint_url=address)


def encrypted(inner: BlobStore, *masters: bytes) -> EncryptedBlobStore:
    return EncryptedBlobStore(inner, KeyRing(LocalMasterKeys(masters or (FIRST,))))


@pytest.fixture
def key(organization: Organization) -> str:
    return f"organizations/{organization.id}/datasets/dsv_1/source"


def content(store: BlobStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


class TestTheStore:
    def test_keeps_the_digest_of_the_content_and_stores_another(self, inner: BlobStore, key: str) -> None:
        store = encrypted(inner)
        stored = store.put(key, [CONTENT[:1000], CONTENT[1000:]])
        assert stored == Stored(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
        assert content(store, key) == CONTENT
        assert CONTENT[:100] not in content(inner, key)

    def test_reads_any_part(self, inner: BlobStore, key: str) -> None:
        store = encrypted(inner)
        store.put(key, [CONTENT])
        with store.open(key) as file:
            assert file.seek(0, io.SEEK_END) == len(CONTENT)
            for start in (700_000, 3, len(CONTENT) - 1):
                file.seek(start)
                assert file.read(5) == CONTENT[start : start + 5]

    def test_takes_files(self, inner: BlobStore, key: str, tmp_path: Path) -> None:
        path = tmp_path / "upload"
        path.write_bytes(CONTENT)
        store = encrypted(inner)
        store.put_file(key, path)
        assert not path.exists()
        assert content(store, key) == CONTENT

    @pytest.mark.parametrize("plain", [b"", b"short", CONTENT])
    def test_still_reads_what_was_there_before(self, inner: BlobStore, key: str, plain: bytes) -> None:
        inner.put(key, [plain])
        assert content(encrypted(inner), key) == plain

    def test_gives_no_address_and_no_path(self, inner: BlobStore, key: str) -> None:
        store = encrypted(inner)
        store.put(key, [CONTENT])
        assert (store.url(key, expires_seconds=9), store.local_path(key)) == (None, None)

    def test_lists_and_deletes(self, inner: BlobStore, key: str) -> None:
        store = encrypted(inner)
        store.put(key, [CONTENT])
        assert [stored.key for stored in store.keys("organizations")] == [key]
        store.delete_prefix("organizations")
        with pytest.raises(BlobNotFound):
            store.open(key)

    def test_leaves_what_is_nobodys_as_it_is(self, inner: BlobStore) -> None:
        encrypted(inner).put("probe", [b"x"])
        assert content(inner, "probe") == b"x"

    def test_opens_nothing_of_another_tenant(self, inner: BlobStore, key: str) -> None:
        store = encrypted(inner)
        store.put(key, [CONTENT])
        with no_scope(), tenant_scope("org_other"), pytest.raises(BlobNotFound):
            store.open(key)


def test_memory_stays_flat(tmp_path: Path, key: str) -> None:
    store = encrypted(LocalBlobStore(tmp_path))
    chunk = os.urandom(2**20)
    tracemalloc.start()
    store.put(key, (chunk for _ in range(64)))
    with store.open(key) as file:
        while file.read(2**20):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


class TestKeys:
    @pytest.fixture
    def store(self, tmp_path: Path) -> EncryptedBlobStore:
        return encrypted(LocalBlobStore(tmp_path / "blobs"))

    @pytest.fixture(autouse=True)
    def first_master(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.masters_are(monkeypatch, FIRST)

    def masters_are(self, monkeypatch: pytest.MonkeyPatch, *masters: bytes) -> None:
        monkeypatch.setattr(
            "trainyard.config.management.commands.encryption.master_keys", lambda: LocalMasterKeys(masters)
        )

    def test_each_organization_has_its_own(self, store: EncryptedBlobStore, organization: Organization) -> None:
        for owner in (organization.id, "org_other", organization.id):
            store.put(f"organizations/{owner}/x", [b"x"])
        assert OrganizationKey.objects.count() == 2
        assert len({bytes(row.wrapped) for row in OrganizationKey.objects.all()}) == 2

    def test_a_new_one_serves_new_blobs(self, store: EncryptedBlobStore, key: str) -> None:
        store.put(key, [b"old"])
        call_command("encryption", "rotate")
        store.put(f"{key}2", [b"new"])
        assert (content(store, key), content(store, f"{key}2")) == (b"old", b"new")
        assert list(OrganizationKey.objects.order_by("generation").values_list("generation", flat=True)) == [1, 2]
        with store._inner.open(key) as old, store._inner.open(f"{key}2") as new:
            assert old.read(40) != new.read(40), "the header names the key"

    def test_a_new_master_key_wraps_them_anew(
        self, store: EncryptedBlobStore, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.put(key, [CONTENT])
        self.masters_are(monkeypatch, SECOND, FIRST)
        call_command("encryption", "rewrap")
        assert content(encrypted(store._inner, SECOND), key) == CONTENT
        with pytest.raises(MasterKeyMissing, match="TRAINYARD_MASTER_KEY"):
            encrypted(store._inner, FIRST).open(key)

    def test_a_wrapped_key_serves_no_other_organization(self, store: EncryptedBlobStore, key: str) -> None:
        store.put(key, [CONTENT])
        OrganizationKey.objects.update(organization_id="org_other")
        with pytest.raises(MasterKeyMissing):
            store.open(key)

    def test_a_destroyed_one_leaves_nothing_to_read(
        self, store: EncryptedBlobStore, key: str, organization: Organization
    ) -> None:
        store.put(key, [CONTENT])
        with pytest.raises(CommandError, match="Suspend"):
            call_command("encryption", "shred", organization=organization.id)
        Organization.objects.filter(id=organization.id).update(state="suspended")
        call_command("encryption", "shred", organization=organization.id)
        assert bytes(OrganizationKey.objects.get().wrapped) == b""
        with pytest.raises(BlobNotFound):
            store.open(key)
        with pytest.raises(keys.KeyDestroyed):
            store.put(key, [CONTENT])
        assert keys.rotate(LocalMasterKeys((FIRST,)), actor="tests", now=START) == 0
        assert AuditEvent.objects.filter(action="encryption_key.destroy").count() == 1


def test_a_key_in_memory_is_forgotten_in_time(
    committed_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock = encrypted(LocalBlobStore(tmp_path)), [0.0]
    monkeypatch.setattr("trainyard.core.encryption.keys.time.monotonic", lambda: clock[0])
    place = "organizations/org_1/x"
    store.put(place, [b"x"])
    keys.shred(organization_id="org_1", actor="tests", now=START)
    assert content(store, place) == b"x", "this process remembers the key"
    clock[0] = keys.REMEMBERED_SECONDS + 1
    with pytest.raises(BlobNotFound):
        store.open(place)


def test_the_settings_decide(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    assert not isinstance(blobs.blob_store(), EncryptedBlobStore), "without a master key"
    monkeypatch.setattr(blobs, "blob_store", blobs.blob_store.__wrapped__)
    monkeypatch.setattr(master, "master_keys", lambda: LocalMasterKeys((FIRST,)))
    assert isinstance(blobs.blob_store(), EncryptedBlobStore)
