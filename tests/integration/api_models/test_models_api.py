"""``/models``: what a finished job leaves, who may see it, and its files."""

import hashlib
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from tests.support.finished_models import CONTENTS, finished_model
from tests.support.jobs import Bench, result_of
from tests.support.platform import Caller
from tests.support.queries import table_queries
from tests.support.verdicts import VERDICT
from trainyard.core.models import AuditEvent
from trainyard.core.s3_blobs import S3BlobStore
from trainyard.core.tenancy import tenant_scope
from trainyard.registry.models import Model
from trainyard.registry.operations import complete_job


def download(caller: Caller, model: Model, name: str = "model.safetensors", **headers: str) -> Any:
    """The answer, read to its end as ``body``."""
    answer = caller._client.get(f"/api/v1/models/{model.id}/files/{name}", headers=headers)
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def test_a_model_says_where_it_comes_from(model: Model, owner: Caller, bench: Bench) -> None:
    body = owner.get(f"/models/{model.id}").json()
    assert (body["job_id"], body["dataset_version"]) == (model.job_id, bench.version.id)
    assert body["dataset_id"] == bench.version.dataset_id
    assert (body["task"], body["architecture"]) == ("tabular_classification", "mlp")
    assert (body["parameters"], body["test_metrics"]) == (99, {"test_accuracy": 0.9})
    assert body["verdict"] == VERDICT.model_dump(mode="json")
    assert {file["name"]: file["sha256"] for file in body["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()
    }


def test_completing_a_job_again_answers_the_same_model(model: Model, bench: Bench) -> None:
    with tenant_scope(model.organization_id):
        again = complete_job(attempt_id=model.attempt_id, fence=1, result=result_of(), now=bench.now)
    assert again.id == model.id
    assert Model.across_tenants.count() == 1


def test_a_teammate_sees_and_downloads_it(model: Model, teammate: Caller) -> None:
    assert [item["id"] for item in teammate.get("/models").json()["data"]] == [model.id]
    assert teammate.get(f"/models/{model.id}").status_code == 200
    assert download(teammate, model).body == CONTENTS["model.safetensors"]


def test_a_teammate_neither_deletes_nor_predicts(model: Model, teammate: Caller) -> None:
    refused = [teammate.delete(f"/models/{model.id}"), teammate.post(f"/models/{model.id}/predict", {"inputs": [{}]})]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "permission_denied")] * 2


def test_for_another_organization_it_does_not_exist(model: Model, outsider: Caller) -> None:
    assert outsider.get("/models").json()["data"] == []
    answers = [
        outsider.get(f"/models/{model.id}"),
        outsider.delete(f"/models/{model.id}"),
        outsider.post(f"/models/{model.id}/predict", {"inputs": [{"a": 1}]}),
        download(outsider, model),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}


def test_anonymous_is_asked_to_authenticate(model: Model, anonymous: Client) -> None:
    for tail in ("", f"/{model.id}", f"/{model.id}/files/config.json"):
        assert anonymous.get(f"/api/v1/models{tail}").status_code == 401


def test_a_download_is_the_file(model: Model, owner: Caller) -> None:
    content = CONTENTS["model.safetensors"]
    answer = download(owner, model)
    assert answer.status_code == 200
    assert answer["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert answer["Content-Length"] == str(len(content))
    assert answer["Content-Disposition"] == 'attachment; filename="model.safetensors"'
    assert answer.body == content


def test_an_unchanged_file_is_not_sent_again(model: Model, owner: Caller) -> None:
    etag = download(owner, model)["ETag"]
    assert download(owner, model, **{"If-None-Match": etag}).status_code == 304


def test_through_asgi_a_download_is_read_as_it_is_sent(
    model: Model, owner: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainyard.api.downloads.CHUNK_BYTES", 1000)

    async def sizes() -> list[int]:
        path, headers = (
            f"/api/v1/models/{model.id}/files/model.safetensors",
            {"Authorization": f"Bearer {owner.secret}"},
        )
        answer = await AsyncClient().get(path, headers=headers)
        return [len(chunk) async for chunk in answer.streaming_content]

    assert async_to_sync(sizes)() == [1000] * 8


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=7990-", 7990, 8000),
        ("bytes=-5", 7995, 8000),
        (f"bytes=7000-{'9' * 5000}", 7000, 8000),
    ],
)
def test_a_range_is_sent_alone(model: Model, owner: Caller, wanted: str, start: int, stop: int) -> None:
    answer = download(owner, model, Range=wanted)
    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes {start}-{stop - 1}/8000")
    assert answer.body == CONTENTS["model.safetensors"][start:stop]


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "lines=0-1", "bytes=-", "bytes"])
def test_a_range_we_do_not_serve_is_the_whole_file(model: Model, owner: Caller, wanted: str) -> None:
    answer = download(owner, model, Range=wanted)
    assert answer.status_code == 200
    assert answer.body == CONTENTS["model.safetensors"]


@pytest.mark.parametrize("wanted", ["bytes=8000-", "bytes=9-3", "bytes=-0", f"bytes={'9' * 5000}-"])
def test_a_range_beyond_the_file_is_refused(model: Model, owner: Caller, wanted: str) -> None:
    answer = download(owner, model, Range=wanted)
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */8000")
    assert answer.json()["code"] == "range_not_satisfiable"


def test_a_range_of_another_version_is_the_whole_file(model: Model, owner: Caller) -> None:
    answer = download(owner, model, Range="bytes=0-9", **{"If-Range": '"another"'})
    assert answer.status_code == 200
    assert answer.body == CONTENTS["model.safetensors"]


@pytest.mark.parametrize("name", ["nothing.bin", "..", "%2e%2e%2fconfig.json"])
def test_only_its_own_files_are_there(model: Model, owner: Caller, name: str) -> None:
    assert download(owner, model, name).status_code == 404


def test_a_public_store_is_referred_to(model: Model, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = S3BlobStore(bucket="trainyard", prefix="", endpoint_url=None)
    monkeypatch.setattr("trainyard.api.downloads.blob_store", lambda: store)
    answer = download(owner, model)
    assert answer.status_code == 302
    assert f"{model.blob_prefix}/model.safetensors?" in answer["Location"]


def test_a_deleted_model_is_gone(model: Model, owner: Caller) -> None:
    assert owner.delete(f"/models/{model.id}").status_code == 204
    answers = [owner.get(f"/models/{model.id}"), owner.delete(f"/models/{model.id}"), download(owner, model)]
    assert {answer.status_code for answer in answers} == {404}
    assert owner.get("/models").json()["data"] == []
    assert AuditEvent.objects.get(action="model.delete").target == model.id


def test_a_list_takes_the_same_queries_however_long(model: Model, bench: Bench, owner: Caller) -> None:
    owner.get("/models")
    with table_queries(2):
        owner.get("/models")
    finished_model(bench)
    finished_model(bench)
    with table_queries(2):
        assert len(owner.get("/models").json()["data"]) == 3
