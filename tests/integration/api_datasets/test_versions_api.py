"""``/datasets/{id}/versions``: upload, validation by the real compiler, profile, problems, preview."""

import base64
import hashlib
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from PIL import Image
from pytest_django import Settings as DjangoSettings

from tests.support import uploads
from tests.support.dataset_versions import blobs_of, clock, create_dataset, upload, validated
from tests.support.platform import Caller
from tests.support.queries import table_queries
from trainyard.core.blobs import blob_store
from trainyard.core.models import OutboxMessage
from trainyard.datasets import operations
from trainyard.datasets.models import DatasetVersion
from trainyard.tenants.models import Membership, Organization, Role
from trainyard.tenants.operations import create_user


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    return uploads.write_csv(tmp_path / "flowers.csv", uploads.flower_rows())


@pytest.fixture
def dataset_id(owner: Caller) -> str:
    return create_dataset(owner, target="species")


def test_an_upload_is_a_version_that_validates(owner: Caller, dataset_id: str, flowers: Path) -> None:
    version = upload(owner, dataset_id, flowers)
    content = flowers.read_bytes()
    assert version["id"].startswith("dsv_")
    assert (version["number"], version["state"], version["filename"]) == (1, "validating", "flowers.csv")
    assert (version["bytes"], version["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    row = DatasetVersion.across_tenants.get(id=version["id"])
    with blob_store().open(row.source_key) as source:
        assert source.read() == content


def test_an_upload_asks_for_its_validation(owner: Caller, dataset_id: str, flowers: Path) -> None:
    version = upload(owner, dataset_id, flowers)
    message = OutboxMessage.objects.get()
    assert (message.task, message.queue) == ("trainyard.periodic.validate_dataset_version", "control")
    assert message.kwargs == {"dataset_version_id": version["id"]}


def test_a_good_table_becomes_ready(owner: Caller, dataset_id: str, flowers: Path) -> None:
    version = validated(owner, dataset_id, flowers)
    assert (version["state"], version["rows"], version["problems"]) == ("ready", 30, [])
    assert version["profile"]["classes"] == ["lily", "rose", "tulip"]
    assert [column["name"] for column in version["profile"]["profile"]["columns"]][:2] == ["length", "width"]
    row = DatasetVersion.across_tenants.get(id=version["id"])
    names = {file["name"] for file in row.files}
    assert names == {"dataset.json", "numeric.npy", "categorical.npy", "target.npy"}
    kept = {"source", "compiled/1/preview.json", *(f"compiled/1/{name}" for name in names)}
    assert blobs_of(owner) == {f"{row.id}/{name}" for name in kept}
    for file in row.files:
        with blob_store().open(f"{row.compiled_prefix}/{file['name']}") as blob:
            content = blob.read()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_preview_shows_the_first_rows(owner: Caller, dataset_id: str, flowers: Path) -> None:
    version = validated(owner, dataset_id, flowers)
    preview = owner.get(f"/datasets/{dataset_id}/versions/{version['id']}/preview").json()
    first = {name: value for name, value in uploads.flower_rows()[0].items() if name in preview["rows"][0]}
    assert preview["rows"][0] == first
    assert (len(preview["rows"]), preview["images"]) == (20, [])


def test_good_images_become_ready_and_show(owner: Caller, tmp_path: Path) -> None:
    dataset_id = create_dataset(owner, task="image_classification")
    version = validated(owner, dataset_id, uploads.write_zip(tmp_path / "pets.zip", uploads.class_folders()))
    assert (version["state"], version["rows"]) == ("ready", 12)
    assert version["profile"]["class_counts"] == [6, 6]
    preview = owner.get(f"/datasets/{dataset_id}/versions/1/preview").json()
    assert {image["label"] for image in preview["images"]} == {"cat", "dog"}
    with Image.open(io.BytesIO(base64.b64decode(preview["images"][0]["png"]))) as image:
        assert (image.format, image.size) == ("PNG", (8, 8))


def test_good_texts_become_ready_and_show(owner: Caller, tmp_path: Path) -> None:
    rows = [
        {"says": f"{word} {'really ' * number}", "kind": kind}
        for number in range(8)
        for word, kind in (("lovely", "good"), ("awful", "bad"))
    ]
    dataset_id = create_dataset(owner, task="text_classification", text="says", target="kind")
    version = validated(owner, dataset_id, uploads.write_csv(tmp_path / "reviews.csv", rows))
    assert (version["state"], version["rows"], version["problems"]) == ("ready", 16, [])
    shown = owner.get(f"/datasets/{dataset_id}/versions/1/preview").json()["rows"]
    assert shown[0] == {"text": "lovely ", "label": "good"}
    assert len(shown) == 16


def test_a_bad_cell_is_named_by_file_row_and_column(owner: Caller, dataset_id: str, tmp_path: Path) -> None:
    rows = uploads.flower_rows()
    rows[4]["species"] = "NA"
    version = validated(owner, dataset_id, uploads.write_csv(tmp_path / "gaps.csv", rows))
    assert version["state"] == "rejected"
    problem = version["problems"][0]
    assert (problem["file"], problem["row"], problem["column"], problem["code"]) == (
        "gaps.csv", 5, "species", "target_missing",
    )  # fmt: skip
    assert version["profile"] is None


def test_a_hostile_archive_is_rejected_and_nothing_stays(owner: Caller, tmp_path: Path) -> None:
    dataset_id = create_dataset(owner, task="image_classification")
    version = validated(owner, dataset_id, uploads.write_zip_with_link(tmp_path / "evil.zip"))
    assert version["state"] == "rejected"
    assert version["problems"][0]["code"] == "link_in_archive"
    assert blobs_of(owner) == set()
    preview = owner.get(f"/datasets/{dataset_id}/versions/1/preview")
    assert (preview.status_code, preview.json()["code"]) == (409, "dataset_not_ready")


def test_versions_count_up_and_answer_to_number_and_id(owner: Caller, dataset_id: str, flowers: Path) -> None:
    first, second = (upload(owner, dataset_id, flowers) for _ in range(2))
    assert [first["number"], second["number"]] == [1, 2]
    for key in ("2", second["id"]):
        assert owner.get(f"/datasets/{dataset_id}/versions/{key}").json() == second
    detail = owner.get(f"/datasets/{dataset_id}").json()
    assert [version["number"] for version in detail["versions"]] == [2, 1]
    assert detail["latest_version"]["id"] == second["id"]
    listed = owner.get(f"/datasets/{dataset_id}/versions").json()
    assert [version["id"] for version in listed["data"]] == [second["id"], first["id"]]


def test_a_version_belongs_to_its_dataset(owner: Caller, dataset_id: str, flowers: Path) -> None:
    version = upload(owner, dataset_id, flowers)
    other = create_dataset(owner, target="species")
    for key in (version["id"], "1", "0", "x", "9" * 30, "٣"):
        assert owner.get(f"/datasets/{other}/versions/{key}").status_code == 404


def test_a_teammate_reads_but_does_not_upload(owner: Caller, teammate: Caller, dataset_id: str, flowers: Path) -> None:
    version = upload(owner, dataset_id, flowers)
    assert teammate.get(f"/datasets/{dataset_id}/versions/1").json() == version
    with flowers.open("rb") as file:
        answer = teammate.upload(f"/datasets/{dataset_id}/versions", file=file)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_for_another_organization_no_version_exists(
    owner: Caller, outsider: Caller, dataset_id: str, flowers: Path
) -> None:
    version = validated(owner, dataset_id, flowers)
    path = f"/datasets/{dataset_id}/versions"
    reads = [outsider.get(f"{path}{tail}") for tail in ("", "/1", f"/{version['id']}", "/1/preview")]
    with flowers.open("rb") as file:
        answers = [*reads, outsider.upload(path, file=file)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}
    assert DatasetVersion.across_tenants.count() == 1


def test_anonymous_is_asked_to_authenticate(anonymous: Client, dataset_id: str) -> None:
    path = f"/api/v1/datasets/{dataset_id}/versions"
    assert anonymous.get(path).status_code == 401
    assert anonymous.post(path, {"file": SimpleUploadedFile("a.csv", b"a,b\n")}).status_code == 401


def test_a_dataset_that_is_gone_takes_no_upload(owner: Caller, dataset_id: str, flowers: Path) -> None:
    owner.delete(f"/datasets/{dataset_id}")
    with flowers.open("rb") as file:
        answer = owner.upload(f"/datasets/{dataset_id}/versions", file=file)
    assert answer.status_code == 404
    assert blobs_of(owner) == set()


@pytest.mark.parametrize(
    ("fields", "field"),
    [({}, "file"), ({"file": "text"}, "file"), ({"file": SimpleUploadedFile("a.csv", b"a"), "nmae": "x"}, "nmae")],
)
def test_a_wrong_upload_is_named(owner: Caller, dataset_id: str, fields: dict[str, Any], field: str) -> None:
    answer = owner.upload(f"/datasets/{dataset_id}/versions", **fields)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_an_empty_file_is_rejected_with_a_problem(owner: Caller, dataset_id: str, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    version = validated(owner, dataset_id, tmp_path / "empty.csv")
    assert [problem["code"] for problem in version["problems"]] == ["empty_file"]


def test_a_full_disk_is_told_and_nothing_stays(
    owner: Caller, dataset_id: str, flowers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OnFullDisk(TemporaryUploadedFile):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.file.close()
            self.file = open("/dev/full", "w+b")  # noqa: PTH123, SIM115

    monkeypatch.setattr("trainyard.api.uploads.HashedFile", OnFullDisk)
    with flowers.open("rb") as file:
        answer = owner.upload(f"/datasets/{dataset_id}/versions", file=file)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert blobs_of(owner) == set()


def test_too_large_a_file_is_refused(owner: Caller, dataset_id: str, flowers: Path, settings: DjangoSettings) -> None:
    size = flowers.stat().st_size
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_upload_bytes": size - 1})
    with flowers.open("rb") as file:
        answer = owner.upload(f"/datasets/{dataset_id}/versions", file=file)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


def test_the_same_upload_with_its_key_is_one_version(owner: Caller, dataset_id: str) -> None:
    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("a.csv", content)
        return owner._client.post(
            f"/api/v1/datasets/{dataset_id}/versions", {"file": file}, headers={"Idempotency-Key": "k"}
        )

    first, again, other = send(b"a,b\n"), send(b"a,b\n"), send(b"a,c\n")
    assert first.json() == again.json()
    assert other.status_code == 422
    assert DatasetVersion.across_tenants.count() == 1
    assert len(blobs_of(owner)) == 1


def test_no_transaction_is_open_while_a_file_is_stored(
    owner: Caller, dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, outside, depths = blob_store(), len(connection.atomic_blocks), list[int]()
    put_file = store.put_file

    def put(key: str, path: Path) -> None:
        depths.append(len(connection.atomic_blocks))
        put_file(key, path)

    monkeypatch.setattr(operations, "blob_store", lambda: SimpleNamespace(put_file=put))
    answer = owner._client.post(
        f"/api/v1/datasets/{dataset_id}/versions",
        {"file": SimpleUploadedFile("a.csv", b"a,b\n")},
        headers={"Idempotency-Key": "k"},
    )
    assert (answer.status_code, depths) == (201, [outside])


def test_a_file_whose_row_could_not_be_added_does_not_stay(
    owner: Caller, dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(operations.outbox, "enqueue", fails)
    answer = owner._client.post(
        f"/api/v1/datasets/{dataset_id}/versions", {"file": SimpleUploadedFile("a.csv", b"a,b\n")}
    )
    assert answer.status_code == 500
    assert (DatasetVersion.across_tenants.count(), blobs_of(owner)) == (0, set())


def test_the_dashboard_uploads_with_its_session(
    owner: Caller, organization: Organization, dataset_id: str, flowers: Path
) -> None:
    user = create_user(email="ada@example.org", password=None, now=clock())
    Membership.objects.create(organization=organization, user=user, role=Role.MEMBER, created_at=clock())
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    token = _get_new_csrf_string()
    client.cookies["csrftoken"] = token
    path = f"/api/v1/datasets/{dataset_id}/versions"
    with flowers.open("rb") as file:
        refused = client.post(path, {"file": file})
        file.seek(0)
        answer = client.post(path, {"file": file}, headers={"X-CSRFToken": token})
    assert refused.status_code == 403
    assert (answer.status_code, answer.json()["sha256"]) == (201, hashlib.sha256(flowers.read_bytes()).hexdigest())


def test_a_list_takes_the_same_queries_however_long(owner: Caller, flowers: Path) -> None:
    for _ in range(3):
        for _ in range(2):
            upload(owner, create_dataset(owner, target="species"), flowers)
        with table_queries(3):
            owner.get("/datasets")
