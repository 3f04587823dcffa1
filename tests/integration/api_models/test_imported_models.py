"""``POST /models/import``: an adapter that peft wrote elsewhere becomes a model of the organization alone."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from tests.support.dataset_versions import clock
from tests.support.jobs import Bench
from tests.support.platform import Caller
from tests.support.prediction_caller import PredictionCaller
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Worker
from trainyard.registry import operations, orphans, predictions, purging, starts
from trainyard.registry.models import Model
from trainyard.registry.storage_metering import stored_bytes
from trainyard_spec.architectures.causal_lm import CausalLmConfig

BASE = "tiny-lm"
SETTINGS: dict[str, Any] = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "lora_dropout": 0.1}
MODULE = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
FACTORS = {MODULE.format("A"): np.ones((4, 32), np.float32), MODULE.format("B"): np.zeros((32, 4), np.float32)}


def packed(settings: dict[str, Any] = SETTINGS, factors: Any = FACTORS, **others: bytes) -> bytes:
    """A zip of an adapter's directory; ``others`` are further files, by names without their dots."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("adapter/adapter_config.json", json.dumps(settings))
        if factors is not None:
            archive.writestr("adapter/adapter_model.safetensors", safetensors.numpy.save(factors))
        for name, other in others.items():
            archive.writestr(f"adapter/{name.replace('__', '.')}", other)
    return content.getvalue()


def sent(caller: Caller, content: bytes, *, base: str = BASE, name: str = "mine", **headers: str) -> Any:
    fields = {"file": SimpleUploadedFile("adapter.zip", content), "base": base, "name": name}
    return caller._client.post("/api/v1/models/import", fields, headers=headers)


@pytest.fixture
def base(worker: PredictionCaller) -> None:
    """A worker that holds the base."""
    Worker.objects.update(pretrained=[BASE], pretrained_tasks={BASE: ["instruction_tuning"]})


@pytest.fixture
def imported(owner: Caller, base: None, bench: Bench) -> Model:
    answer = sent(owner, packed(README__md=b"not read"))
    assert answer.status_code == 201, answer.content
    return Model.across_tenants.get(id=answer.json()["id"])


def test_it_says_what_it_is(imported: Model, owner: Caller) -> None:
    body = owner.get(f"/models/{imported.id}").json()
    assert (body["origin"], body["base"], body["name"]) == ("imported", BASE, "mine")
    assert (body["job_id"], body["dataset_id"], body["dataset_version"]) == ("", "", "")
    assert (body["init_from"], body["verdict"], body["test_metrics"]) == (None, None, {})
    assert (body["task"], body["architecture"], body["parameters"]) == ("instruction_tuning", "causal_lm", 256)
    assert {file["name"] for file in body["files"]} == {
        *("config.json", "adapter_config.json", "adapter_model.safetensors")
    }
    assert [each["id"] for each in owner.get("/models").json()["data"]] == [imported.id]
    assert owner.get(f"/models/{imported.id}/evaluation").status_code == 404
    assert AuditEvent.objects.filter(action="model.import", target=imported.id).count() == 1


def test_its_files_are_those_that_were_sent(imported: Model, owner: Caller) -> None:
    answer = owner._client.get(f"/api/v1/models/{imported.id}/files/adapter_model.safetensors")
    assert b"".join(answer.streaming_content) == safetensors.numpy.save(FACTORS)


def test_trainings_start_from_it(imported: Model) -> None:
    with tenant_scope(imported.organization_id):
        start = starts.start_of(_spec(imported.id))
    assert start is not None
    assert {file.name for file in start.files} >= {"adapter_config.json", "adapter_model.safetensors"}
    assert start.facts.spec.architecture == CausalLmConfig(
        model=BASE, rank=4, alpha=8, adapter_dropout=0.1, target_modules="attention"
    )


def test_it_is_asked_where_its_base_is(
    imported: Model, worker: PredictionCaller, other_worker: PredictionCaller
) -> None:
    Worker.objects.filter(id=other_worker.worker.id).update(pretrained=[])
    with tenant_scope(imported.organization_id):
        predictions.submit(model_id=imported.id, inputs=["Hello"], created_by="key_tests", now=clock())
    assert other_worker.claim() is None
    claim = worker.claim()
    assert claim is not None
    assert claim["generation"]["base"] == BASE
    assert {file["name"] for file in claim["model_files"]} >= {"adapter_config.json", "adapter_model.safetensors"}


def test_only_those_who_may_write_import(base: None, teammate: Caller, outsider: Caller, bench: Bench) -> None:
    assert sent(teammate, packed()).status_code == 403
    assert sent(outsider, packed()).status_code == 201
    assert Model.across_tenants.exclude(organization_id=bench.version.organization_id).count() == 1


def test_another_organization_does_not_see_it(imported: Model, outsider: Caller) -> None:
    assert outsider.get(f"/models/{imported.id}").status_code == 404
    assert outsider.get("/models").json()["data"] == []


def test_a_repeated_request_imports_once(base: None, owner: Caller, bench: Bench) -> None:
    content = packed()
    first, second = (sent(owner, content, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert first.json() == second.json()
    assert Model.across_tenants.count() == 1


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"no zip", "adapter_damaged", "cannot be read"),
        (packed(factors=None), "adapter_damaged", "holds no adapter_model.safetensors"),
        (packed(factors=None, adapter_model__bin=b"\x80"), "pickle_refused", "is a pickle"),
        (packed({**SETTINGS, "peft_type": "IA3"}), "adapter_unsupported", "IA3"),
        (packed({**SETTINGS, "modules_to_save": ["lm_head"]}), "adapter_unsupported", "modules_to_save"),
        (packed({**SETTINGS, "r": 8}), "adapter_unsupported", "rank 8"),
        (packed(factors={"lm_head.weight": np.ones((2, 2))}), "adapter_unsupported", "lm_head.weight"),
        (packed(**{f"f{number}": b"" for number in range(1_000)}), "adapter_unsupported", "more than 1,000 files"),
        (packed(other__adapter_config__json=b""), None, ""),
    ],
)
def test_what_is_no_adapter_leaves_nothing(
    base: None, owner: Caller, bench: Bench, content: bytes, code: str | None, says: str
) -> None:
    answer = sent(owner, content)
    if code is None:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["code"]) == (400, "adapter_not_served")
    (error,) = answer.json()["errors"]
    assert error["code"] == code
    assert says in error["message"]
    assert not Model.across_tenants.exists()


def test_a_base_that_no_worker_holds_is_refused(base: None, owner: Caller, bench: Bench) -> None:
    (error,) = sent(owner, packed(), base="other").json()["errors"]
    assert (error["field"], error["code"]) == ("base", "unknown_model")


def test_its_storage_is_metered_and_goes_with_it(imported: Model, owner: Caller) -> None:
    size = sum(file["bytes"] for file in imported.files)
    assert stored_bytes()[imported.organization_id]["models"] == size
    now = clock()
    with tenant_scope(imported.organization_id):
        operations.delete_model(model_id=imported.id, actor="owner", now=now)
    assert stored_bytes().get(imported.organization_id, {}).get("models", 0) == 0
    assert purging.purge(now=now + 2 * purging.PURGED_AFTER) >= 1
    assert owner.get(f"/models/{imported.id}").status_code == 404


def test_its_files_are_no_orphans(imported: Model, owner: Caller) -> None:
    orphans.sweep(now=clock() + 2 * orphans.SETTLED_AFTER, owners=[orphans.REGISTRY])
    answer = owner._client.get(f"/api/v1/models/{imported.id}/files/config.json")
    assert json.loads(b"".join(answer.streaming_content))["spec"]["architecture"]["model"] == BASE


def test_a_model_without_job_or_base_is_refused_by_the_database(imported: Model) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Model.across_tenants.filter(id=imported.id).update(base="")


def _spec(model_id: str) -> Any:
    from tests.support.compiled import make_spec
    from trainyard_spec.validation import parse_training_spec

    architecture = {"name": "causal_lm", "model": BASE, "rank": 4, "alpha": 8, "target_modules": "attention"}
    return parse_training_spec({**make_spec("instruction_tuning", architecture), "init_from": model_id})
