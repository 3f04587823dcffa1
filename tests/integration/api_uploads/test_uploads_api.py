"""The tus 1.0 protocol, request by request: https://tus.io/protocols/resumable-upload."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from tests.support.platform import Caller
from trainyard.core.blobs import blob_store
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now
from trainyard.datasets import receiving, uploads, validation
from trainyard.datasets.models import DatasetVersion, ResumableUpload, UploadPart
from trainyard.training_sessions import orphans

pytestmark = pytest.mark.django_db
UPLOADS = "/api/v1/uploads/"
OCTETS = "application/offset+octet-stream"
ROWS = b"a,y\n" + b"".join(b"%d,%d\n" % (number, number % 3) for number in range(60))


class Tus:
    """One caller's requests."""

    def __init__(self, caller: Caller) -> None:
        self._client = Client(headers={"Authorization": f"Bearer {caller.secret}"}, raise_request_exception=False)

    def create(self, length: int | None = len(ROWS), content: bytes = b"", /, **metadata: str) -> Any:
        named = metadata or {"filename": "rows.csv", "name": "rows", "task": "tabular_regression"}
        if "name" in named:
            named = {"options": '{"target": "y"}', **named}
        pairs = [f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in named.items()]
        headers = {"Upload-Metadata": ",".join(pairs)}
        if length is not None:
            headers["Upload-Length"] = str(length)
        return self.send("post", UPLOADS, content, **headers)

    def patch(self, location: str, offset: int, content: bytes, **headers: str) -> Any:
        return self.send("patch", location, content, **{"Upload-Offset": str(offset), **headers})

    def head(self, location: str) -> Any:
        return self._client.head(location, headers={"Tus-Resumable": "1.0.0"})

    def send(self, method: str, path: str, content: bytes = b"", **headers: str) -> Any:
        call = getattr(self._client, method)
        kind = OCTETS if content or method == "patch" else "text/plain"
        named = {"Tus-Resumable": "1.0.0", "Content-Type": kind, **headers}  # Django names none of an empty body
        return call(path, content, content_type=kind, headers=named)


@pytest.fixture
def tus(owner: Caller) -> Tus:
    return Tus(owner)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def sha1(content: bytes) -> str:
    return "sha1 " + base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def test_what_is_offered_is_told_to_anybody() -> None:
    answer = Client().options(UPLOADS)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    offered = "creation,creation-with-upload,checksum,termination,expiration"
    assert answer.headers["Tus-Extension"] == offered
    assert answer.headers["Tus-Checksum-Algorithm"].startswith("sha1,")
    assert int(answer.headers["Tus-Max-Size"]) > 0


def test_pieces_become_a_version_that_is_validated(owner: Caller, tus: Tus) -> None:
    created = tus.create()
    assert created.status_code == 201
    location = created.headers["Location"]
    assert created.headers["Tus-Resumable"] == "1.0.0"
    for start in range(0, len(ROWS), 100):
        answer = tus.patch(location, start, ROWS[start : start + 100])
        assert (answer.status_code, answer.content) == (204, b"")
        assert int(answer.headers["Upload-Offset"]) == min(start + 100, len(ROWS))
        assert ("Upload-Expires" in answer.headers) == (start + 100 < len(ROWS))
    version_id = answer.headers["Trainyard-Dataset-Version"]
    head = tus.head(location)
    assert head.headers["Trainyard-Dataset-Version"] == version_id
    assert head.headers["Cache-Control"] == "no-store"
    with platform_scope():
        validation.validate_next(clock=database_now)
    shown = owner.get(f"/datasets/{created.json()['dataset_id']}/versions/{version_id}").json()
    assert (shown["state"], shown["rows"], shown["number"]) == ("ready", 60, 1)
    assert shown["sha256"] == hashlib.sha256(ROWS).hexdigest()
    assert shown["bytes"] == len(ROWS)


def test_the_first_bytes_may_come_with_the_creation(tus: Tus) -> None:
    created = tus.create(len(ROWS), ROWS[:50])
    assert (created.status_code, created.headers["Upload-Offset"]) == (201, "50")
    whole = tus.create(len(ROWS), ROWS, dataset=created.json()["dataset_id"], filename="b.csv")
    assert whole.headers["Trainyard-Dataset-Version"] == whole.json()["version_id"]


def test_an_empty_file_is_whole_at_once(tus: Tus) -> None:
    created = tus.create(0)
    assert created.json()["version_id"] == created.headers["Trainyard-Dataset-Version"]


def test_bytes_belong_where_the_last_ones_ended(tus: Tus) -> None:
    location = tus.create().headers["Location"]
    assert problem(tus.patch(location, 7, b"x")) == (409, "upload_offset_mismatch")
    tus.patch(location, 0, ROWS[:10])
    assert problem(tus.patch(location, 0, ROWS[:10])) == (409, "upload_offset_mismatch")
    assert tus.head(location).headers["Upload-Offset"] == "10"


def test_more_than_was_announced_is_refused(tus: Tus) -> None:
    location = tus.create(5).headers["Location"]
    assert problem(tus.patch(location, 0, b"123456")) == (400, "invalid_input")
    assert tus.patch(location, 0, b"12345").status_code == 204


def test_a_checksum_is_held_to(tus: Tus) -> None:
    location = tus.create().headers["Location"]
    wrong = tus.patch(location, 0, ROWS[:10], **{"Upload-Checksum": sha1(b"other")})
    assert problem(wrong) == (460, "checksum_mismatch")
    assert tus.head(location).headers["Upload-Offset"] == "0"
    assert tus.patch(location, 0, ROWS[:10], **{"Upload-Checksum": sha1(ROWS[:10])}).status_code == 204
    assert tus.head(location).headers["Upload-Offset"] == "10"
    assert problem(tus.patch(location, 10, b"x", **{"Upload-Checksum": "crc32 AAAA"})) == (400, "invalid_input")


def test_large_bodies_are_stored_in_pieces(tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PART_BYTES", 64)
    monkeypatch.setattr("trainyard.api.v1.uploads.protocol.READ_BYTES", 50)
    location = tus.create().headers["Location"]
    assert tus.patch(location, 0, ROWS[:150], **{"Upload-Checksum": sha1(ROWS[:150])}).status_code == 204
    answer = tus.patch(location, 150, ROWS[150:])
    assert UploadPart.objects.count() > 3
    with platform_scope():
        version = DatasetVersion.across_tenants.get(id=answer.headers["Trainyard-Dataset-Version"])
        with tenant_scope(version.organization_id):
            assert b"".join(uploads.content(version) or ()) == ROWS


def test_two_at_once_do_not_mix(tus: Tus, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PATIENCE_SECONDS", 0)
    assert owner.organization is not None
    created = tus.create()

    def interrupted() -> Any:
        yield ROWS[:10]
        assert problem(tus.patch(created.headers["Location"], 0, b"zzz")) == (423, "upload_locked")
        yield ROWS[10:20]

    with tenant_scope(owner.organization.id):
        receiving.receive(upload_id=created.json()["id"], offset=0, chunks=interrupted(), clock=database_now)
    assert tus.head(created.headers["Location"]).headers["Upload-Offset"] == "20"


def test_one_that_was_taken_over_adds_nothing_more(tus: Tus, owner: Caller) -> None:
    """A connection that hung so long that its client came again."""
    assert owner.organization is not None
    created = tus.create()

    def hangs() -> Any:
        yield b"old"
        ResumableUpload.across_tenants.update(lock_expires_at=database_now() - timedelta(seconds=1))
        assert tus.patch(created.headers["Location"], 0, ROWS[:30]).status_code == 204

    with tenant_scope(owner.organization.id), pytest.raises(uploads.UploadLocked):
        receiving.receive(upload_id=created.json()["id"], offset=0, chunks=hangs(), clock=database_now)
    assert tus.head(created.headers["Location"]).headers["Upload-Offset"] == "30"
    assert tus.patch(created.headers["Location"], 30, ROWS[30:]).status_code == 204


def test_an_upload_that_is_deleted_is_gone_with_its_bytes(tus: Tus, django_capture_on_commit_callbacks: Any) -> None:
    location = tus.create().headers["Location"]
    tus.patch(location, 0, ROWS[:30])
    with platform_scope():
        prefix = ResumableUpload.across_tenants.get().parts_prefix
    assert list(blob_store().keys(prefix))
    with django_capture_on_commit_callbacks(execute=True):
        assert tus.send("delete", location).status_code == 204
    assert tus.head(location).status_code == 404
    assert list(blob_store().keys(prefix)) == []


def test_a_finished_upload_stays(tus: Tus) -> None:
    location = tus.create(len(ROWS), ROWS).headers["Location"]
    assert problem(tus.send("delete", location)) == (409, "conflict")
    assert tus.patch(location, len(ROWS), b"").status_code == 204


def test_an_expired_upload_is_swept(tus: Tus) -> None:
    created = tus.create()
    location = created.headers["Location"]
    tus.patch(location, 0, ROWS[:30])
    ResumableUpload.across_tenants.update(expires_at=database_now() - timedelta(seconds=1))
    assert tus.head(location).status_code == 410
    assert problem(tus.patch(location, 30, b"x")) == (410, "upload_expired")
    with platform_scope():
        assert uploads.sweep(now=database_now()) == 1
    assert ResumableUpload.across_tenants.count() == 0
    assert uploads.sweep(now=database_now()) == 0


def test_orphans_of_uploads_that_go_on_are_not_swept(tus: Tus) -> None:
    location = tus.create().headers["Location"]
    tus.patch(location, 0, ROWS[:30])
    with platform_scope():
        orphans.sweep(now=database_now() + timedelta(days=3))
        assert list(blob_store().keys(ResumableUpload.across_tenants.get().parts_prefix))


def test_quotas_count_what_was_announced(tus: Tus, settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_stored_bytes": 1_000})
    assert tus.create(700).status_code == 201
    assert problem(tus.create(400)) == (413, "storage_quota_exceeded")
    assert tus.create(300).status_code == 201


def test_a_file_that_is_too_large_is_refused_at_once(tus: Tus, settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_upload_bytes": 1_000})
    assert problem(tus.create(1_001)) == (413, "upload_too_large")


@pytest.mark.parametrize(
    ("length", "metadata", "field"),
    [
        (None, {}, "Upload-Length"),
        (5, {"filename": "a.csv"}, "dataset"),
        (5, {"filename": "a.csv", "name": "x"}, "task"),
        (5, {"filename": "a.csv", "dataset": "ds_1", "name": "x"}, "dataset"),
        (5, {"name": "x", "task": "tabular_regression"}, "filename"),
        (5, {"filename": "a", "name": "x", "task": "tabular_regresion"}, "task"),
        (5, {"filename": "a", "name": "x", "task": "tabular_regression", "options": "{"}, "options"),
        (5, {"filename": "a", "nam": "x", "task": "tabular_regression"}, "nam"),
    ],
)
def test_wrong_metadata_names_its_field(tus: Tus, length: int | None, metadata: dict[str, str], field: str) -> None:
    answer = tus.create(length, **metadata)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_another_version_of_the_protocol_is_refused(tus: Tus) -> None:
    answer = tus.send("post", UPLOADS, **{"Tus-Resumable": "0.2.2", "Upload-Length": "3"})
    assert problem(answer) == (412, "unsupported_tus_version")
    assert answer.headers["Tus-Version"] == "1.0.0"


def test_a_method_may_be_overridden_and_a_type_may_not(tus: Tus) -> None:
    location = tus.create().headers["Location"]
    headers = {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert tus.send("post", location, ROWS[:3], **headers).status_code == 204
    answer = tus._client.patch(location, b"x", content_type="text/plain", headers={"Tus-Resumable": "1.0.0"})
    assert problem(answer) == (415, "unsupported_media_type")


def test_a_teammate_reads_and_an_outsider_finds_nothing(tus: Tus, teammate: Caller, outsider: Caller) -> None:
    created = tus.create()
    location, dataset_id = created.headers["Location"], created.json()["dataset_id"]
    assert Tus(teammate).head(location).status_code == 200
    assert teammate.get("/uploads/").json()["data"][0]["id"] == created.json()["id"]
    assert Tus(teammate).patch(location, 0, b"x").status_code == 403
    assert Tus(teammate).create().status_code == 403
    assert Tus(teammate).send("delete", location).status_code == 403
    other = Tus(outsider)
    assert outsider.get("/uploads/").json()["data"] == []
    assert other.head(location).status_code == 404
    assert other.patch(location, 0, b"x").status_code == 404
    assert other.send("delete", location).status_code == 404
    assert other.create(5, dataset=dataset_id, filename="x").status_code == 404
    assert Client().head(location).status_code == 401


def test_a_deleted_dataset_takes_no_version(tus: Tus, owner: Caller) -> None:
    created = tus.create()
    owner.delete(f"/datasets/{created.json()['dataset_id']}")
    assert tus.patch(created.headers["Location"], 0, ROWS).status_code == 404
    assert DatasetVersion.across_tenants.count() == 0
    assert connection.in_atomic_block
