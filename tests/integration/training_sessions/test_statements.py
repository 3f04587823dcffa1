"""What a call of a session asks of the database: counted, since each statement is time that its caller waits."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.integration.training_sessions.conftest import TinkerCaller, claimed, finished
from tests.support.worker_calls import WorkerCaller
from trainyard.api.compat.tinker.messages import MEDIA_TYPE, messages
from trainyard.core.blobs import blob_store
from trainyard.training_sessions import journal
from trainyard.training_sessions.models import Operation, TrainingRun, TrainingSession

pytestmark = pytest.mark.django_db

MOST = {
    "sqlite": {"submit": 8, "claim": 8, "finish": 29, "retrieve": 2},
    "postgresql": {"submit": 7, "claim": 9, "finish": 17, "retrieve": 2},
}
"""Savepoints in place of a transaction's begin and end among them; PostgreSQL is asked its clock, too."""


class Counted:
    """How many statements each stage took."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        with CaptureQueriesContext(connection) as found:
            yield
        self.of[stage] = len(found)


def test_a_call_of_a_run_in_memory_takes_few_statements(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    first = claimed(worker)
    finished(worker, first["operations"][0])
    held = [{"run_id": first["run_id"], "fence": first["fence"]}]
    counted = Counted()
    for number in (1, 2):  # the first makes what is prepared once a process
        with counted("submit"):
            request_id = loop.step(model_id, number).json()["request_id"]
        with counted("claim"):
            [operation] = claimed(worker, base_model="tiny-lm", held=held)["operations"]
        with counted("finish"):
            assert finished(worker, operation, microseconds=20_000) == 204
        with counted("retrieve"):
            assert "metrics" in loop.post("/retrieve_future", {"request_id": request_id}).json()
    most = MOST[connection.vendor]
    assert {stage: count for stage, count in counted.of.items() if count > most[stage]} == {}


def test_arrays_of_some_thousand_tokens_take_a_statement_more_and_no_file(
    loop: TinkerCaller, worker: WorkerCaller
) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    first = claimed(worker)
    finished(worker, first["operations"][0])
    held = [{"run_id": first["run_id"], "fence": first["fence"]}]
    counted = Counted()
    outcome = {"result": {"metrics": {"loss:sum": 1.0}, "counts": [2_000], "widths": [0]}, "microseconds": 20_000}
    for number in (1, 2):
        with counted("submit"):
            answer = loop.forward_backward(forward_backward(model_id, number, tokens=2_000))
        with counted("claim"):
            [operation] = claimed(worker, base_model="tiny-lm", held=held)["operations"]
        with counted("finish"):
            assert finished(worker, operation, data=base64.b64encode(bytes(8_000)).decode(), **outcome) == 204
        with counted("retrieve"):
            result = loop.post("/retrieve_future", {"request_id": answer.json()["request_id"]})
        assert (result.status_code, result.headers["Content-Type"]) == (200, MEDIA_TYPE)
    most = MOST[connection.vendor]
    assert {stage: count for stage, count in counted.of.items() if count > most[stage] + 1} == {}
    assert list(blob_store().keys(f"organizations/{Operation.across_tenants.all()[0].organization_id}")) == []


def forward_backward(model_id: str, seq_id: int, *, tokens: int) -> bytes:
    types = messages()
    asked = types.ForwardBackwardRequest(model_id=model_id, seq_id=seq_id, loss_fn="cross_entropy")
    datum = asked.data.add()
    datum.model_input.add().encoded_text.tokens = np.ones(tokens, "<i4").tobytes()
    for name, dtype, value in (("target_tokens", types.DTYPE_INT64, "<i8"), ("weights", types.DTYPE_FLOAT32, "<f4")):
        tensor = datum.loss_fn_inputs[name]
        tensor.dtype, tensor.dense = dtype, np.ones(tokens, value).tobytes()
    content: bytes = asked.SerializeToString()
    return content


def test_a_call_that_comes_twice_at_once_is_the_first(loop: TinkerCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    first = loop.step(model_id, 1).json()
    look, looks = journal._known, iter([None])  # the second has looked before the first was written
    monkeypatch.setattr(journal, "_known", lambda *asked: next(looks, look(*asked)))
    assert loop.step(model_id, 1).json() == first
    assert Operation.across_tenants.filter(seq_id=1).count() == 1


def test_a_late_repetition_of_what_is_executed_is_the_first(
    loop: TinkerCaller, worker: WorkerCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    first = loop.step(model_id, 1).json()
    assert [finished(worker, operation) for operation in claimed(worker)["operations"]] == [204, 204]
    look, looks = journal._known, iter([None])
    monkeypatch.setattr(journal, "_known", lambda *asked: next(looks, look(*asked)))
    assert loop.step(model_id, 1).json() == first


def test_a_number_that_the_run_has_passed_is_refused(loop: TinkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    TrainingRun.across_tenants.update(executed_seq=5)
    answer = loop.step(model_id, 3)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "seq_id")


def test_a_queue_that_is_full_is_told_to_wait(loop: TinkerCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    monkeypatch.setattr(journal, "MOST_WAITING", 2)
    assert loop.step(model_id, 1).status_code == 200
    answer = loop.step(model_id, 2)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_operations")


def test_a_session_that_ends_meanwhile_takes_no_call(loop: TinkerCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at under the lock, not before it."""
    model_id = loop.model(loop.session()).json()["model_id"]
    look = journal._known

    def ends(*asked: object) -> Operation | None:
        TrainingSession.across_tenants.update(finished_at="2026-01-01T00:00:00Z")
        return look(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "_known", ends)
    assert loop.step(model_id, 1).json()["code"] == "session_finished"
