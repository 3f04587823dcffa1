"""``init_from``: who may start a job from which model, what is refused before it is queued, and what a worker gets."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.dataset_versions import clock
from tests.support.finished_models import CONTENTS, finished_model
from tests.support.jobs import Bench, fund, make_version, make_worker, spec_of
from tests.support.platform import Caller
from tests.support.prediction_caller import PredictionCaller
from tests.support.profiles import PENGUINS, conversations
from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.models import Job
from trainyard.pools.models import Worker
from trainyard.portability.erasure import erase_rows
from trainyard.registry import purging, starts
from trainyard.registry.generation import base_of
from trainyard.registry.models import Model
from trainyard_spec.training import TrainingSpec

DUE = timedelta(minutes=61)


@pytest.fixture
def parent(bench: Bench) -> Model:
    spec = TrainingSpec.model_validate(spec_of(bench.version)).model_dump(mode="json")
    config = {"spec": spec, "classes": PENGUINS["classes"], "profile": PENGUINS["profile"]}
    return finished_model(bench, contents=CONTENTS | {"config.json": json.dumps(config).encode()})


def spec_from(bench: Bench, parent: Model, **changes: Any) -> dict[str, Any]:
    return spec_of(bench.version, init_from=parent.id, **changes)


def test_a_job_starts_from_a_model_and_says_so(bench: Bench, parent: Model, owner: Caller) -> None:
    job = owner.post("/jobs", spec_from(bench, parent)).json()
    assert (job["init_from"], job["spec"]["init_from"]) == (parent.id, parent.id)
    assert [each["id"] for each in owner.get(f"/jobs?init_from={parent.id}").json()["data"]] == [job["id"]]
    assert owner.get(f"/models?init_from={parent.id}").json()["data"] == []
    assert owner.get(f"/models/{parent.id}").json()["init_from"] is None


def test_a_finished_child_is_listed_with_its_parent(bench: Bench, parent: Model, owner: Caller) -> None:
    with tenant_scope(bench.organization.id):
        spec = TrainingSpec.model_validate(spec_from(bench, parent))
        starts.submit(spec=spec, created_by="key_tests", now=bench.now)
    child = finished_model(bench, submitted=True)
    (listed,) = owner.get(f"/models?init_from={parent.id}").json()["data"]
    assert (listed["id"], listed["init_from"]) == (child.id, parent.id)


def test_the_quote_knows_fewer_epochs(bench: Bench, parent: Model, owner: Caller) -> None:
    auto = {"training": {}}
    alone = owner.post("/jobs/quote", spec_of(bench.version, **auto)).json()["training"]["epochs"]
    assert owner.post("/jobs/quote", spec_from(bench, parent, **auto)).json()["training"]["epochs"] < alone


@pytest.mark.parametrize("path", ["/jobs", "/jobs/quote"])
def test_a_model_that_does_not_fit_is_refused_by_name(path: str, bench: Bench, parent: Model, owner: Caller) -> None:
    for changes, field, code in (
        ({"architecture": {"name": "mlp", "hidden": [7]}}, "architecture.hidden", "start_architecture_mismatch"),
        ({"training": {"preprocess": {"scale": "none"}}}, "training.preprocess", "start_input_mismatch"),
    ):
        answer = owner.post(path, spec_from(bench, parent, **changes))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_spec")
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert Job.across_tenants.filter(init_from=parent.id).count() == 0


@pytest.mark.parametrize("path", ["/jobs", "/jobs/quote"])
def test_for_another_organization_the_model_does_not_exist(
    path: str, bench: Bench, parent: Model, outsider: Caller, owner: Caller
) -> None:
    fund(outsider.organization)
    theirs = make_version(outsider.organization)
    answer = outsider.post(path, spec_of(theirs, init_from=parent.id))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "init_from")
    assert outsider.get(f"/jobs?init_from={parent.id}").json()["data"] == []
    assert outsider.get(f"/models?init_from={parent.id}").json()["data"] == []
    unknown = owner.post(path, spec_of(bench.version, init_from="mdl_0000"))
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "init_from")
    owner.delete(f"/models/{parent.id}")
    assert owner.post(path, spec_from(bench, parent)).status_code == 404


def test_a_teammate_who_may_not_submit_may_ask_for_a_quote(bench: Bench, parent: Model, teammate: Caller) -> None:
    assert teammate.post("/jobs", spec_from(bench, parent)).status_code == 403
    assert teammate.post("/jobs/quote", spec_from(bench, parent)).status_code == 200


def test_a_model_whose_configuration_is_lost_is_refused(bench: Bench, owner: Caller) -> None:
    damaged = finished_model(bench)
    answer = owner.post("/jobs", spec_from(bench, damaged))
    assert (answer.status_code, answer.json()["code"]) == (409, "model_not_trainable")


@pytest.mark.parametrize("method", ["lora", "full"])
def test_adapters_go_on_only_where_their_base_is(bench: Bench, owner: Caller, method: str) -> None:
    """What was trained as a whole has all of its weights."""
    network = {"name": "causal_lm", "model": "tiny", "method": method}
    answered, preferred = conversations(), conversations("pairs")
    learnt = spec_of(bench.version, task="instruction_tuning", architecture=network, training={})
    config = {"spec": TrainingSpec.model_validate(learnt).model_dump(mode="json"), "profile": answered["profile"]}
    model = finished_model(bench, contents=CONTENTS | {"config.json": json.dumps(config).encode()})
    version = make_version(bench.organization, profile=preferred)
    spec = spec_of(version, task="preference_tuning", architecture=network, training={}, init_from=model.id)

    answer = owner.post("/jobs/quote", spec)
    if method == "full":
        assert answer.status_code == 200
        return
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
        ("architecture.model", "unknown_model")
    ]
    holder = make_worker(bench.pool, name="second", pretrained=("tiny",)).worker
    job = owner.post("/jobs", spec | {"resources": {"labels": {}}}).json()
    assert bench.claim() is None
    run = bench.claim(holder)
    assert run is not None
    assert run.job.id == job["id"]


@pytest.mark.parametrize("has_own_base", [False, True], ids=["adapters", "merged"])
@pytest.mark.parametrize(("first", "then"), [("full", "lora"), ("lora", "full"), ("lora", "lora")])
def test_a_job_goes_on_by_another_method_where_a_worker_has_what_it_needs(
    bench: Bench, owner: Caller, first: str, then: str, has_own_base: bool
) -> None:
    """Adapters alone need their base, to go on or to be merged; and so do questions to what is made of them."""
    model = language_model(bench, method=first, form={"has_own_base": has_own_base and first == "lora"})
    needs_base = first == "lora" and not has_own_base
    spec = preferring(bench, start=model, method=then)
    answer = owner.post("/jobs/quote", spec)
    assert answer.status_code == (400 if needs_base else 200), answer.json()
    if needs_base:
        assert [error["code"] for error in answer.json()["errors"]] == ["unknown_model"]
    holder = make_worker(bench.pool, name="second", pretrained=("tiny",)).worker if needs_base else bench.worker
    job = owner.post("/jobs", spec)
    assert (job.status_code, job.json()["init_from"]) == (201, model.id)
    assert not needs_base or bench.claim() is None
    child = finished_model(bench, submitted=True, worker=holder)
    with tenant_scope(bench.organization.id):
        assert base_of(child) == ("tiny" if needs_base and then == "lora" else "")


def test_adapters_of_another_form_are_refused_and_told_the_way(bench: Bench, owner: Caller) -> None:
    model = language_model(bench, method="lora", form={})
    spec = preferring(bench, start=model, method="lora")
    spec["architecture"]["rank"] = 4
    (error,) = owner.post("/jobs/quote", spec).json()["errors"]
    assert (error["field"], error["code"]) == ("architecture.rank", "start_architecture_mismatch")
    assert "method to full" in error["hint"]


def language_model(bench: Bench, *, method: str, form: dict[str, Any]) -> Model:
    network = {"name": "causal_lm", "model": "tiny", "method": method}
    learnt = spec_of(bench.version, task="instruction_tuning", architecture=network, training={})
    spec = TrainingSpec.model_validate(learnt).model_dump(mode="json")
    config = {"spec": spec, "profile": conversations()["profile"], "form": form}
    return finished_model(bench, contents=CONTENTS | {"config.json": json.dumps(config).encode()})


def preferring(bench: Bench, *, start: Model, method: str) -> dict[str, Any]:
    network = {"name": "causal_lm", "model": "tiny", "method": method}
    version = make_version(bench.organization, profile=conversations("pairs"))
    return spec_of(version, task="preference_tuning", architecture=network, training={}, init_from=start.id)


def test_the_worker_is_given_the_models_files_and_no_others(
    bench: Bench, parent: Model, worker: PredictionCaller, owner: Caller
) -> None:
    job = owner.post("/jobs", spec_from(bench, parent)).json()
    claim = worker.post("/claim", {"free_slots": 1}).json()
    assert (claim["job_id"], claim["start_key"]) == (job["id"], parent.id)
    names = [file["name"] for file in claim["start_files"]]
    assert names == ["model.safetensors", "config.json", "manifest.json"]
    path = f"/attempts/{claim['attempt_id']}/start"
    assert worker.get(f"{path}/model.safetensors").getvalue() == CONTENTS["model.safetensors"]
    assert worker.get(f"{path}/test_predictions.csv").status_code == 404


def test_another_workers_attempt_tells_nothing(
    bench: Bench, parent: Model, worker: PredictionCaller, other_worker: PredictionCaller, owner: Caller
) -> None:
    owner.post("/jobs", spec_from(bench, parent))
    claim = worker.post("/claim", {"free_slots": 1}).json()
    answer = other_worker.get(f"/attempts/{claim['attempt_id']}/start/model.safetensors")
    assert answer.status_code in (404, 409)


def test_a_deleted_parents_files_stay_until_its_last_job_has_ended(bench: Bench, parent: Model, owner: Caller) -> None:
    job = owner.post("/jobs", spec_from(bench, parent)).json()
    owner.delete(f"/models/{parent.id}")
    purging.purge(now=clock() + DUE)
    assert is_stored(parent)
    owner.post(f"/jobs/{job['id']}/cancel")
    purging.purge(now=clock() + DUE)
    assert not is_stored(parent)


def test_an_erased_organizations_jobs_keep_no_trace_of_the_files(bench: Bench, parent: Model, owner: Caller) -> None:
    job = owner.post("/jobs", spec_from(bench, parent)).json()
    erase_rows(organization_id=bench.organization.id, now=bench.now)
    assert Job.across_tenants.get(id=job["id"]).start is None


def is_stored(model: Model) -> bool:
    try:
        return blob_store().local_path(f"{model.blob_prefix}/model.safetensors") is not None
    except BlobNotFound:
        return False


def test_the_quote_of_a_start_from_a_whole_language_model_tells_its_memory(bench: Bench, owner: Caller) -> None:
    """By its file of weights, on any worker; by what a worker tells of the same network, all that a step keeps."""
    profile = conversations("messages")
    version = make_version(bench.organization, profile=profile)
    whole = {"name": "causal_lm", "model": "tiny", "method": "full"}
    told = {"task": profile["task"], "architecture": whole, "training": {"epochs": 1, "batch_size": 1}}
    config = {"spec": spec_of(version, **told), "classes": [], "profile": profile["profile"]}
    contents = {**CONTENTS, "config.json": json.dumps(config).encode(), "model.safetensors": b"w" * 40_000}
    parent = finished_model(bench, contents=contents)
    spec = spec_of(version, init_from=parent.id, **told)
    alone = owner.post("/jobs/quote", spec).json()["memory"]["needed_bytes"]
    assert alone == 4 * 40_000  # weights, gradients and two moments of AdamW
    make_worker(bench.pool, name="second", pretrained=("tiny",))
    facts = {"hidden_size": 64, "layers": 2, "vocabulary": 500, "features": 900, "attention_features": 300}
    known = {"parameters": 10_000, "context": 256, "dtype": "bfloat16", "stored_bytes": 20_000, **facts}
    Worker.objects.filter(name="second").update(base_models={"tiny": known})
    assert owner.post("/jobs/quote", spec).json()["memory"]["needed_bytes"] > alone
