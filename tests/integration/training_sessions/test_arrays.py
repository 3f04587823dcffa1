"""Arrays of calls and results: where they lie, who can read them, and when they go."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.training_sessions.conftest import PATH, TinkerCaller, claimed, finished
from tests.support.dataset_versions import clock
from tests.support.worker_calls import WorkerCaller
from trainyard.core import blobs
from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.core.encryption import master
from trainyard.core.encryption.master import LocalMasterKeys
from trainyard.core.models import OrganizationKey
from trainyard.core.tenancy import tenant_scope
from trainyard.portability.archive import in_rows
from trainyard.training_sessions import arrays, journal, retention
from trainyard.training_sessions.journal import Call
from trainyard.training_sessions.models import Operation, OperationArrays, TrainingRun
from trainyard_spec.training_sessions import OperationKind

pytestmark = pytest.mark.django_db

SMALL, LARGE = b"small" * 100, b"large" * arrays.MOST_ROW_BYTES
RESULT: dict[str, Any] = {"metrics": {"loss:sum": 1.0}, "counts": [1], "widths": [0]}


@pytest.fixture
def encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a platform with a master key."""
    monkeypatch.setattr(master, "master_keys", lambda: LocalMasterKeys((bytes(32),)))
    store = blobs.blob_store.__wrapped__()
    monkeypatch.setattr(arrays, "blob_store", lambda: store)


def called(loop: TinkerCaller, *payloads: bytes) -> TrainingRun:
    """A new run with one call for each payload."""
    loop.model(loop.session())
    run = TrainingRun.across_tenants.select_related("session").get()
    with tenant_scope(run.organization_id):
        for seq_id, payload in enumerate(payloads, 1):
            call = Call(OperationKind.FORWARD_BACKWARD, seq_id, request={"loss_fn": "cross_entropy"}, payload=payload)
            journal.submit(run, call, now=clock())
    return run


def blob_names() -> list[str]:
    prefix = f"organizations/{TrainingRun.across_tenants.get().organization_id}/training/operations"
    return sorted(found.key.split("/")[-1] for found in blob_store().keys(prefix))


def row_names() -> list[str]:
    return sorted(OperationArrays.across_tenants.values_list("name", flat=True))


def read(operation_id: str, name: str) -> bytes:
    found = Operation.across_tenants.get(id=operation_id)
    with tenant_scope(found.organization_id):
        return arrays.read(found, name)


def test_small_arrays_are_rows_and_large_ones_blobs(loop: TinkerCaller, worker: WorkerCaller) -> None:
    called(loop, SMALL, LARGE)
    work = claimed(worker)["operations"]
    assert [base64.b64decode(each["payload"]) for each in work[1:]] == [SMALL, LARGE]
    assert (row_names(), blob_names()) == (["payload"], ["payload"])
    assert finished(worker, work[0]) == 204
    for operation, data in zip(work[1:], (LARGE, SMALL), strict=True):
        assert finished(worker, operation, result=RESULT, data=base64.b64encode(data).decode()) == 204
    assert (row_names(), blob_names()) == (["data", "payload"], ["data", "payload"])
    assert [read(each["operation_id"], arrays.DATA) for each in work[1:]] == [LARGE, SMALL]


def test_a_result_that_comes_twice_has_its_arrays_once(loop: TinkerCaller, worker: WorkerCaller) -> None:
    called(loop, SMALL)
    first, call = claimed(worker)["operations"]
    finished(worker, first)
    outcome = {"result": RESULT, "data": base64.b64encode(SMALL).decode()}
    assert [finished(worker, call, **outcome) for _ in range(2)] == [204, 204]
    assert row_names() == ["data", "payload"]


@pytest.mark.usefixtures("encrypted")
def test_rows_are_sealed_by_the_key_of_their_organization(loop: TinkerCaller, worker: WorkerCaller) -> None:
    run = called(loop, SMALL)
    row = OperationArrays.across_tenants.get()
    assert SMALL not in bytes(row.content)
    assert base64.b64decode(claimed(worker)["operations"][1]["payload"]) == SMALL
    with tenant_scope(run.organization_id):
        assert dict(in_rows(run.organization_id)) == {f"{row.operation.blob_prefix}/payload": SMALL}
        OrganizationKey.objects.update(destroyed_at=clock(), wrapped=b"")
        assert dict(in_rows(run.organization_id)) == {}
        with pytest.raises(BlobNotFound):
            arrays.read(row.operation, arrays.PAYLOAD)


def test_payloads_go_once_a_stored_state_covers_them(loop: TinkerCaller, worker: WorkerCaller) -> None:
    run = called(loop, SMALL, SMALL)
    work = claimed(worker)
    for operation in work["operations"][:2]:
        assert finished(worker, operation, result=RESULT, data=base64.b64encode(SMALL).decode()) == 204
    state = {"host": "a", "fence": work["fence"], "seq_id": 1}
    files = [{"name": "adapter_model.safetensors", "bytes": 1, "sha256": "0" * 64}]
    assert worker.post(f"{PATH}/runs/{run.id}/states", {**state, "files": files}).status_code == 204
    assert row_names() == ["data", "data", "payload"]
    assert OperationArrays.across_tenants.get(name="payload").operation.seq_id == 2


def test_results_go_after_a_day(loop: TinkerCaller, worker: WorkerCaller) -> None:
    run = called(loop, SMALL)
    for operation in claimed(worker)["operations"]:
        finished(worker, operation, result=RESULT, data=base64.b64encode(SMALL).decode())
    TrainingRun.across_tenants.filter(id=run.id).update(state_seq=1)
    retention.purge(now=clock() + retention.RESULTS_KEPT - timedelta(minutes=1))
    assert row_names() == ["data", "data", "payload"]
    retention.purge(now=clock() + retention.RESULTS_KEPT + timedelta(minutes=1))
    assert row_names() == []
