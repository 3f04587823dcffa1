"""Calls of a training session: executed by number, once, by whoever holds the run, and billed once."""

import math
from typing import Any

import pytest

from tests.integration.training_sessions.conftest import PATH, TinkerCaller, claimed, finished
from tests.support.platform import Caller
from tests.support.worker_calls import WorkerCaller
from trainyard.billing.models import UsageRecord
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization

pytestmark = pytest.mark.django_db


def numbers(work: dict[str, Any]) -> list[int]:
    return [operation["seq_id"] for operation in work.get("operations", ())]


def test_calls_are_executed_by_number_whichever_came_first(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    assert loop.step(model_id, 2).status_code == 200
    assert numbers(claimed(worker)) == [0]
    assert loop.step(model_id, 1).status_code == 200
    work = claimed(worker)
    assert numbers(work) == [0, 1, 2]
    assert finished(worker, work["operations"][1]) == 409
    assert [finished(worker, operation) for operation in work["operations"]] == [204, 204, 204]


def test_a_repetition_answers_the_first_and_another_call_under_its_number_is_refused(loop: TinkerCaller) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    first = loop.step(model_id, 1, learning_rate=0.1).json()
    assert loop.step(model_id, 1, learning_rate=0.1).json() == first
    other = loop.step(model_id, 1, learning_rate=0.2)
    assert (other.status_code, other.json()["code"]) == (400, "sequence_reused")


def test_a_norm_that_is_no_number_is_told_as_it_is(loop: TinkerCaller, worker: WorkerCaller) -> None:
    from tinker.types import OptimStepResponse  # seconds, which the other tests need not wait

    model_id = loop.model(loop.session()).json()["model_id"]
    future = loop.step(model_id, 1).json()
    first, step = claimed(worker)["operations"]
    assert finished(worker, first) == finished(worker, step, result={"metrics": {"grad_norm": math.nan}}) == 204
    answer = loop.post("/retrieve_future", {"request_id": future["request_id"]})
    assert answer.status_code == 200
    assert math.isnan(OptimStepResponse.model_validate(answer.json()).metrics["grad_norm"])


def test_a_run_that_another_host_took_is_replayed_and_not_billed_again(
    loop: TinkerCaller, worker: WorkerCaller, second_worker: WorkerCaller, organization: Organization
) -> None:
    model_id = loop.model(loop.session()).json()["model_id"]
    loop.step(model_id, 1)
    loop.step(model_id, 2)
    work = claimed(worker)
    assert [finished(worker, operation) for operation in work["operations"][:2]] == [204, 204]
    assert claimed(second_worker, host="b") == {}
    assert worker.post(f"{PATH}/release", {"host": "a"}).status_code == 204
    again = claimed(second_worker, host="b")
    assert (again["fence"], numbers(again)) == (2, [2])
    assert [operation["seq_id"] for operation in again["replay"]] == [1]
    assert finished(worker, work["operations"][2]) in (404, 409)
    assert finished(second_worker, again["operations"][0], fence=2, host="b") == 204
    assert finished(second_worker, again["operations"][0], fence=2, host="b") == 204
    with tenant_scope(organization.id):
        billed = UsageRecord.objects.all()
        assert sum(record.to_microseconds - record.from_microseconds for record in billed) == 6_000_000
        assert sum(record.amount_micros for record in billed) == 600


def test_an_empty_wallet_is_a_402_before_anything_is_made(worker: WorkerCaller, owner: Caller) -> None:
    poor = TinkerCaller(owner.secret)
    answer = poor.model(poor.session())
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_funds")
    assert claimed(worker) == {}


def test_a_sessions_own_cap_holds(loop: TinkerCaller, worker: WorkerCaller) -> None:
    model_id = loop.model(loop.session(user_metadata={"max_cost": "0.0011"})).json()["model_id"]
    loop.step(model_id, 1)
    for operation in claimed(worker)["operations"]:
        assert finished(worker, operation) == 204
    refused = loop.step(model_id, 2)
    assert (refused.status_code, refused.json()["code"]) == (402, "session_cap_reached")


def test_nobody_else_sees_a_run(loop: TinkerCaller, teammate: Caller, outsider: Caller) -> None:
    session_id = loop.session()
    made = loop.model(session_id).json()
    viewer, stranger = TinkerCaller(teammate.secret), TinkerCaller(outsider.secret)
    assert viewer.get(f"/training_runs/{made['model_id']}").status_code == 200
    assert viewer.step(made["model_id"], 1).status_code == 403
    assert stranger.get(f"/training_runs/{made['model_id']}").status_code == 404
    assert stranger.get(f"/sessions/{session_id}").status_code == 404
    assert stranger.step(made["model_id"], 1).status_code == 404
    assert stranger.post("/retrieve_future", {"request_id": made["request_id"]}).status_code == 404
    assert stranger.model(session_id).status_code == 404
    assert TinkerCaller("ty_live_wrong").get("/sessions").status_code == 401


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"optimizer_config": {"type": "dimuon", "version": 1}}, "unsupported_option"),
        ({"lora_config": {"rank": 0}}, "unsupported_option"),
        ({"lora_config": None}, "unsupported_option"),
        ({"base_model": "tiny-ln"}, "base_model_unavailable"),
        ({"quantization": "int4"}, "invalid_input"),
    ],
)
def test_what_is_not_offered_is_refused_at_once(loop: TinkerCaller, asked: dict[str, Any], code: str) -> None:
    answer = loop.model(loop.session(), **asked)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_body_that_grows_beyond_the_limit_is_refused_while_it_is_decompressed(loop: TinkerCaller) -> None:
    import zstandard

    bomb = zstandard.ZstdCompressor().compress(bytes(65 * 2**20))
    assert len(bomb) < 10_000
    answer = loop.forward_backward(bomb, **{"Content-Encoding": "zstd"})
    assert answer.status_code == 413
    assert loop.forward_backward(b"no zstd", **{"Content-Encoding": "zstd"}).status_code == 400
