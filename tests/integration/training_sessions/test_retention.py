"""What sessions keep: names of weights, the end of a session, and files that nothing needs any more."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase

from tests.integration.training_sessions.conftest import PATH, TinkerCaller, claimed, finished
from tests.support.dataset_versions import clock
from tests.support.worker_calls import WorkerCaller
from trainyard.core.blobs import blob_store
from trainyard.training_sessions import orphans, retention, storage
from trainyard.training_sessions.models import (
    Operation,
    SamplingSession,
    SavedWeights,
    TrainingRun,
    TrainingSession,
)

pytestmark = pytest.mark.django_db

FILE = "adapter_model.safetensors"
ENTRY = {"name": FILE, "bytes": 7, "sha256": hashlib.sha256(b"weights").hexdigest()}
HOUR = timedelta(hours=1)


def upload(worker: WorkerCaller, seq_id: int) -> None:
    run = TrainingRun.across_tenants.get()
    answer = worker.put(f"{PATH}/runs/{run.id}/states/{seq_id}/{FILE}?fence={run.fence}", b"weights")
    assert answer.status_code == 204, answer.content


def execute(worker: WorkerCaller) -> None:
    """Everything that waits, as a worker does it, with files for what is saved."""
    for operation in claimed(worker)["operations"]:
        saves = operation["kind"].startswith("save")
        if saves:
            upload(worker, operation["seq_id"])
        assert finished(worker, operation, **({"files": [ENTRY]} if saves else {})) == 204


def save(loop: TinkerCaller, model_id: str, seq_id: int, name: str | None, **asked: Any) -> str:
    answer = loop.post("/save_weights", {"model_id": model_id, "seq_id": seq_id, "path": name, **asked})
    assert answer.status_code == 200, answer.json()
    return str(answer.json()["request_id"])


def result(loop: TinkerCaller, request_id: str) -> dict[str, Any]:
    found: dict[str, Any] = loop.post("/retrieve_future", {"request_id": request_id}).json()
    return found


def stored() -> set[int]:
    """Numbers of the operations after which a state lies in the store."""
    prefix = f"{TrainingRun.across_tenants.get().blob_prefix}/states"
    return {int(found.key.split("/")[-2]) for found in blob_store().keys(prefix)}


def test_a_used_name_is_refused_unless_the_save_replaces_it(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    first, refused = (save(loop, model_id, seq_id, "best") for seq_id in (1, 2))
    replacing = save(loop, model_id, 3, "best", overwrite=True)
    execute(worker)
    assert result(loop, first)["path"] == result(loop, replacing)["path"]
    assert (result(loop, refused)["category"], "best" in result(loop, refused)["error"]) == ("user", True)
    kept = SavedWeights.across_tenants.filter(deleted_at=None)
    assert [weights.seq_id for weights in kept] == [3]


def test_weights_for_a_sampler_replace_those_of_their_name_and_a_sampler_keeps_its_own(
    loop: TinkerCaller, worker: WorkerCaller
) -> None:
    """The client's call has no word to ask for it, so that a name that is used again means it."""
    session_id = loop.session()
    model_id = loop.model(session_id).json()["model_id"]
    asked = {"model_id": model_id, "path": "policy"}
    loop.post("/save_weights_for_sampler", {**asked, "seq_id": 1, "sampling_session_seq_id": 0})
    execute(worker)
    again = loop.post("/save_weights_for_sampler", {**asked, "seq_id": 2}).json()["request_id"]
    execute(worker)
    assert result(loop, again)["path"].endswith("/sampler_weights/policy")
    kept = SavedWeights.across_tenants.filter(deleted_at=None)
    assert [weights.seq_id for weights in kept] == [2]
    assert SamplingSession.across_tenants.get(session_id=session_id).weights.seq_id == 1


def test_a_finished_session_takes_no_calls_and_does_what_it_was_asked_before(
    loop: TinkerCaller, worker: WorkerCaller
) -> None:
    session_id = loop.session()
    model_id = loop.model(session_id).json()["model_id"]
    request_id = save(loop, model_id, 1, "last")
    for _ in range(2):
        assert loop.post(f"/sessions/{session_id}/finish", {"reason": {"type": "success"}}).status_code == 204
    sampler = {"session_id": session_id, "sampling_session_seq_id": 0, "base_model": "tiny-lm"}
    refused = [
        loop.step(model_id, 2),
        loop.model(session_id, model_seq_id=1),
        loop.post("/create_sampling_session", sampler),
        loop.post("/session_heartbeat", {"session_id": session_id}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(410, "session_finished")}
    assert save(loop, model_id, 1, "last") == request_id
    execute(worker)
    assert result(loop, request_id)["path"].endswith("/weights/last")
    again = {"session_id": loop.session(), "model_seq_id": 0, "optimizer": True}
    assert loop.post("/load_weights", {**again, "path": result(loop, request_id)["path"]}).status_code == 200


def test_states_give_way_to_newer_ones_and_named_ones_stay(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    save(loop, model_id, 1, "named")
    with TestCase.captureOnCommitCallbacks(execute=True):
        execute(worker)
    run = TrainingRun.across_tenants.get()
    for seq_id in (2, 3):
        loop.step(model_id, seq_id)
        with TestCase.captureOnCommitCallbacks(execute=True):
            execute(worker)
            upload(worker, seq_id)
            body = {"host": "a", "fence": run.fence, "seq_id": seq_id, "files": [ENTRY]}
            assert worker.post(f"{PATH}/runs/{run.id}/states", body).status_code == 204
    assert stored() == {1, 3}


def test_deleted_weights_are_purged_once_nothing_begins_with_them(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    for seq_id, name in enumerate(("first", "second"), start=1):
        save(loop, model_id, seq_id, name)
    execute(worker)
    first = SavedWeights.across_tenants.get(name="first")
    loaded = loop.post(
        "/load_weights", {"model_id": model_id, "seq_id": 3, "path": first.path, "optimizer": True}
    ).json()["request_id"]
    SavedWeights.across_tenants.update(deleted_at=clock())
    soon, later = clock() + HOUR / 2, clock() + 2 * HOUR
    assert retention.purge(now=soon) == 0
    assert retention.purge(now=later) == 1
    assert stored() == {1, 2}  # the load waits for the first, and the run itself is resumed from the second
    Operation.across_tenants.filter(id=loaded).update(state=Operation.State.FAILED)
    assert (retention.purge(now=later), retention.purge(now=later)) == (1, 0)
    assert stored() == {2}
    TrainingSession.across_tenants.update(finished_at=clock())
    assert (retention.purge(now=later), retention.purge(now=later)) == (1, 0)
    assert stored() == set()


def test_nothing_begins_with_weights_whose_files_are_gone(loop: TinkerCaller, worker: WorkerCaller) -> None:
    session_id = loop.session()
    model_id = loop.model(session_id).json()["model_id"]
    asked = {"model_id": model_id, "seq_id": 1, "sampling_session_seq_id": 0}
    request_id = loop.post("/save_weights_for_sampler", asked).json()["request_id"]
    execute(worker)
    saved = SavedWeights.across_tenants.get()
    assert saved.expires_at is not None
    assert retention.purge(now=saved.expires_at + 2 * HOUR) >= 1
    sample = {
        "sampling_session_id": result(loop, request_id)["sampling_session_id"],
        "seq_id": 0,
        "prompt": {"chunks": [{"tokens": [5]}]},
        "sampling_params": {"max_tokens": 1},
    }
    answer = loop.post("/asample", sample)
    assert (answer.status_code, answer.json()["code"]) == (404, "weights_gone")


def test_files_that_no_row_knows_are_swept_once_they_are_old(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    save(loop, model_id, 1, "kept")
    execute(worker)
    run = TrainingRun.across_tenants.get()
    waiting = Operation.across_tenants.get(id=loop.step(model_id, 2).json()["request_id"])
    blob_store().put(f"{waiting.blob_prefix}/data", [b"x"])
    own = f"organizations/{run.organization_id}"
    known = {found.key for found in blob_store().keys(own)}
    lost = {f"{run.state_prefix(9)}/{FILE}", f"{own}/training/operations/op_gone/payload"}
    for key in lost:
        blob_store().put(key, [b"x"])
    orphans.sweep(now=clock() + 47 * HOUR)
    assert {found.key for found in blob_store().keys(own)} == known | lost
    assert orphans.sweep(now=clock() + 49 * HOUR) >= 2
    assert {found.key for found in blob_store().keys(own)} == known


def test_saved_weights_are_stored_bytes_until_they_expire(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    save(loop, model_id, 1, "kept", ttl_seconds=3_600)
    execute(worker)
    saved = SavedWeights.across_tenants.get()
    assert saved.expires_at is not None
    assert storage.saved_bytes(now=clock()) == {saved.organization_id: 7}
    assert storage.saved_bytes(now=saved.expires_at) == {}
