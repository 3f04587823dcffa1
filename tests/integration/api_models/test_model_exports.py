"""``/models/{id}/exports``: a worker writes a model as other libraries read it, once, for a day, for nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.dataset_versions import clock
from tests.support.finished_models import finished_model
from tests.support.jobs import Bench
from tests.support.platform import Caller
from tests.support.prediction_caller import PredictionCaller
from trainyard.billing.models import UsageRecord
from trainyard.core.blobs import blob_store
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Worker
from trainyard.registry import exports, operations, orphans
from trainyard.registry.models import Model, ModelExport

BASE = "tiny-lm"
CONTENT = b"all of its weights"


@pytest.fixture
def adapted(bench: Bench, worker: PredictionCaller, other_worker: PredictionCaller) -> Model:
    """A language model of adapters, and one worker that holds its base."""
    model = finished_model(bench)
    assert model.job is not None
    model.job.spec = {**model.job.spec, "architecture": {"name": "causal_lm", "model": BASE, "method": "lora"}}
    model.job.save(update_fields=["spec"])
    Model.across_tenants.filter(id=model.id).update(architecture="causal_lm", task="instruction_tuning")
    Worker.objects.filter(id=worker.worker.id).update(pretrained=[BASE])
    return Model.across_tenants.get(id=model.id)


def asked(owner: Caller, model: Model) -> dict[str, Any]:
    answer = owner.post(f"/models/{model.id}/exports", {"format": "merged"})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def claimed(worker: PredictionCaller) -> dict[str, Any] | None:
    answer = worker.post("/exports/claim", {})
    assert answer.status_code in {200, 204}, answer.content
    return answer.json() if answer.status_code == 200 else None


def put(worker: PredictionCaller, export_id: str, name: str, content: bytes = CONTENT) -> int:
    client = Client(headers={"Authorization": f"Bearer {worker.token}"}, raise_request_exception=False)
    path = f"/api/worker/v1/exports/{export_id}/files/{name}"
    return client.put(path, content, content_type="application/octet-stream").status_code


def kept_of(row: ModelExport) -> list[str]:
    return [stored.key for stored in blob_store().keys("organizations") if stored.key.startswith(row.blob_prefix)]


def made(owner: Caller, model: Model, worker: PredictionCaller) -> dict[str, Any]:
    export = asked(owner, model)
    claim = claimed(worker)
    assert claim is not None
    assert (claim["export_id"], claim["format"], claim["model_id"]) == (export["id"], "merged", model.id)
    assert put(worker, export["id"], "model.safetensors") == 204
    assert put(worker, export["id"], "1_Pooling/config.json", b"{}") == 204
    assert worker.post(f"/exports/{export['id']}/finish", {}).status_code == 204
    return export


def test_it_is_made_by_who_holds_the_base_and_downloaded(
    owner: Caller, adapted: Model, worker: PredictionCaller, other_worker: PredictionCaller
) -> None:
    used = UsageRecord.across_tenants.count()
    export = asked(owner, adapted)
    assert (export["state"], export["files"], export["bytes"], export["error"]) == ("queued", [], 0, None)
    assert claimed(other_worker) is None
    assert asked(owner, adapted)["id"] == export["id"]
    made(owner, adapted, worker)
    path = f"/models/{adapted.id}/exports/{export['id']}"
    told = owner.get(path).json()
    assert told["state"] == "succeeded"
    assert [file["name"] for file in told["files"]] == ["1_Pooling/config.json", "model.safetensors"]
    assert told["bytes"] == len(CONTENT) + 2
    answer = owner._client.get(f"/api/v1{path}/files/model.safetensors")
    assert b"".join(answer.streaming_content) == CONTENT
    assert answer["ETag"].strip('"') == told["files"][1]["sha256"]
    assert owner.get(f"{path}/files/other").status_code == 404
    assert [each["id"] for each in owner.get(f"/models/{adapted.id}/exports").json()["data"]] == [export["id"]]
    assert AuditEvent.objects.filter(action="model.export", target=adapted.id).count() == 1
    assert UsageRecord.across_tenants.count() == used


def test_a_worker_gets_the_models_files_and_no_others(
    owner: Caller, adapted: Model, worker: PredictionCaller, other_worker: PredictionCaller
) -> None:
    export = asked(owner, adapted)
    claim = claimed(worker)
    assert claim is not None
    name = claim["model_files"][0]["name"]
    assert b"".join(worker.get(f"/exports/{export['id']}/model/{name}").streaming_content)
    assert other_worker.get(f"/exports/{export['id']}/model/{name}").status_code == 409
    assert put(other_worker, export["id"], "model.safetensors") == 409
    assert put(worker, export["id"], "../../secret") in {400, 404}
    assert other_worker.post(f"/exports/{export['id']}/finish", {}).status_code == 409


def test_a_failure_says_why_and_may_be_tried_again(owner: Caller, adapted: Model, worker: PredictionCaller) -> None:
    export = asked(owner, adapted)
    claimed(worker)
    failure = {"type": "failed", "fault": "user", "code": "other_base", "message": "Another base.", "hint": "Ask."}
    assert worker.post(f"/exports/{export['id']}/finish", {"failure": failure}).status_code == 204
    told = owner.get(f"/models/{adapted.id}/exports/{export['id']}").json()
    assert (told["state"], told["error"]["code"]) == ("failed", "other_base")
    assert asked(owner, adapted)["id"] != export["id"]


def test_a_lost_worker_is_made_good_three_times(owner: Caller, adapted: Model, worker: PredictionCaller) -> None:
    export, later = asked(owner, adapted), clock()
    for _ in range(exports.MOST_CLAIMS):
        Worker.objects.filter(id=worker.worker.id).update(last_heartbeat_at=later)
        found = exports.claim(worker=Worker.objects.get(id=worker.worker.id), now=later)
        assert found is not None
        later += 2 * exports.RUNS_FOR
    assert exports.claim(worker=Worker.objects.get(id=worker.worker.id), now=later) is None
    assert exports.purge(now=later) == 1
    row = ModelExport.across_tenants.get(id=export["id"])
    assert (row.state, row.error["code"]) == ("failed", "worker_lost")


def test_a_fault_of_the_platform_is_tried_elsewhere(owner: Caller, adapted: Model, worker: PredictionCaller) -> None:
    export = asked(owner, adapted)
    claimed(worker)
    failure = {"type": "failed", "fault": "infrastructure", "code": "engine_crashed", "message": "It ended."}
    worker.post(f"/exports/{export['id']}/finish", {"failure": failure})
    assert owner.get(f"/models/{adapted.id}/exports/{export['id']}").json()["state"] == "queued"
    assert claimed(worker) is not None


def test_it_goes_after_a_day_with_its_files(owner: Caller, adapted: Model, worker: PredictionCaller) -> None:
    export = made(owner, adapted, worker)
    row = ModelExport.across_tenants.get(id=export["id"])
    orphans.sweep(now=clock() + 2 * orphans.SETTLED_AFTER, owners=[orphans.REGISTRY])
    assert exports.purge(now=clock() + timedelta(hours=23)) == 0
    assert kept_of(row)
    assert exports.purge(now=row.expires_at + timedelta(seconds=1)) == 1
    assert not kept_of(row)
    assert owner.get(f"/models/{adapted.id}/exports/{export['id']}").status_code == 404


def test_it_goes_with_its_model(owner: Caller, adapted: Model, worker: PredictionCaller) -> None:
    export = made(owner, adapted, worker)
    with tenant_scope(adapted.organization_id):
        operations.delete_model(model_id=adapted.id, actor="owner", now=clock())
    assert owner.get(f"/models/{adapted.id}/exports/{export['id']}").status_code == 404
    assert exports.purge(now=clock()) == 1
    assert not ModelExport.across_tenants.exists()


def test_who_may_only_read_downloads_and_nobody_else_sees_it(
    owner: Caller, teammate: Caller, outsider: Caller, adapted: Model, worker: PredictionCaller
) -> None:
    export = made(owner, adapted, worker)
    path = f"/models/{adapted.id}/exports"
    assert teammate.post(path, {"format": "merged"}).status_code == 403
    assert teammate.get(f"{path}/{export['id']}").status_code == 200
    file = teammate.get(f"{path}/{export['id']}/files/model.safetensors")
    assert b"".join(file.streaming_content) == CONTENT
    for answer in (
        outsider.post(path, {"format": "merged"}),
        outsider.get(path),
        outsider.get(f"{path}/{export['id']}"),
    ):
        assert answer.status_code == 404
    assert outsider.get(f"{path}/{export['id']}/files/model.safetensors").status_code == 404


def test_what_no_other_library_reads_is_refused(owner: Caller, model: Model, worker: PredictionCaller) -> None:
    answer = owner.post(f"/models/{model.id}/exports", {"format": "merged"})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_exported")
    wrong = owner.post(f"/models/{model.id}/exports", {"format": "gguf"})
    assert wrong.status_code == 400


def test_few_are_made_at_once(owner: Caller, adapted: Model, bench: Bench, worker: PredictionCaller) -> None:
    asked(owner, adapted)
    export = ModelExport.across_tenants.get()
    for _ in range(exports.MOST_OPEN - 1):
        other = finished_model(bench)
        ModelExport.across_tenants.create(
            organization_id=adapted.organization_id,
            model=other,
            format="merged",
            pool=export.pool,
            created_by="key",
            created_at=clock(),
            expires_at=clock() + exports.KEPT_FOR,
        )
    third = finished_model(bench)
    Model.across_tenants.filter(id=third.id).update(architecture="causal_lm")
    answer = owner.post(f"/models/{third.id}/exports", {})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_exports")
    assert "Retry-After" in answer.headers


def test_without_a_worker_nobody_waits(owner: Caller, adapted: Model) -> None:
    Worker.objects.all().update(last_heartbeat_at=clock() - timedelta(hours=1))
    answer = owner.post(f"/models/{adapted.id}/exports", {})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
