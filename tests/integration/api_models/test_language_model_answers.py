"""Predictions with language models: who gets them, what inputs may be, what is told while answers are written."""

import gc
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from redis import Redis

from tests.support.dataset_versions import clock
from tests.support.platform import Caller
from tests.support.prediction_caller import PredictionCaller
from tests.support.redis_server import redis_server
from trainyard.api.generation_stream import GenerationStream
from trainyard.billing.meters.models import MeteredUsage
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.models import Job
from trainyard.pools.models import Worker
from trainyard.registry import parts, predictions, readers
from trainyard.registry.models import Model, Prediction

__all__ = ["redis_server"]

BASE = "tiny-lm"
CHAT = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3}
USAGE = {"prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7}
ANSWER = {"text": "abcd", "finish_reason": "length", "usage": USAGE, "warnings": []}


@pytest.fixture
def language_model(model: Model) -> Model:
    """The model, as if adapters of ``BASE`` had been trained."""
    architecture = {"name": "causal_lm", "model": BASE, "method": "lora"}
    Job.across_tenants.filter(id=model.job_id).update(spec={**model.job.spec, "architecture": architecture})
    Model.across_tenants.filter(id=model.id).update(architecture="causal_lm", task="instruction_tuning")
    return Model.across_tenants.get(id=model.id)


@pytest.fixture
def holder(worker: PredictionCaller) -> PredictionCaller:
    """A worker that has the base on its disk."""
    Worker.objects.filter(id=worker.worker.id).update(pretrained=[BASE])
    return worker


def submitted(model: Model, inputs: list[Any], **options: Any) -> Prediction:
    with tenant_scope(model.organization_id):
        return predictions.submit(model_id=model.id, inputs=inputs, created_by="key_tests", now=clock(), **options)


def test_only_a_worker_with_the_base_gets_it(
    language_model: Model, holder: PredictionCaller, other_worker: PredictionCaller
) -> None:
    prediction = submitted(language_model, [CHAT], streams=True)
    assert other_worker.claim() is None
    claim = holder.claim()
    assert claim is not None
    assert claim["prediction_id"] == prediction.id
    assert claim["generation"] == {
        "serving_key": f"{language_model.organization_id}/{BASE}",
        "base": BASE,
        "streams": True,
        "wanted": "text",
    }


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"messages": []}, "inputs.0.messages"),
        ({"messages": [{"role": "king", "content": "Hello"}]}, "inputs.0"),
        ({"messages": [{"role": "user", "content": 1}]}, "inputs.0"),
        ({"prompt": "One", "messages": [{"role": "user", "content": "Hello"}]}, "inputs.0"),
        ({"prompt": "One", "temperature": -1}, "inputs.0.temperature"),
        ({"prompt": "One", "maximum": 3}, "inputs.0.maximum"),
    ],
)
def test_an_input_that_cannot_be_is_refused_by_its_field(
    language_model: Model, holder: PredictionCaller, owner: Caller, value: Any, field: str
) -> None:
    answer = owner.post(f"/models/{language_model.id}/predict", {"inputs": [value]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_only_language_models_stream(model: Model, worker: PredictionCaller, owner: Caller) -> None:
    answer = owner.post(f"/models/{model.id}/predict", {"inputs": [{"length": 3}], "stream": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_language_model")


def test_teammates_and_outsiders_ask_in_vain(
    language_model: Model, holder: PredictionCaller, teammate: Caller, outsider: Caller
) -> None:
    for stream in (False, True):
        body = {"inputs": [CHAT], "stream": stream}
        assert teammate.post(f"/models/{language_model.id}/predict", body).status_code == 403
        assert outsider.post(f"/models/{language_model.id}/predict", body).status_code == 404


def test_parts_come_from_who_holds_the_prediction_alone(
    language_model: Model, holder: PredictionCaller, other_worker: PredictionCaller
) -> None:
    prediction = submitted(language_model, [CHAT], streams=True)
    told = {"first": 0, "parts": [{"input": 0, "text": "a"}]}
    assert holder.post(f"/predictions/{prediction.id}/parts", told).status_code == 409
    assert holder.claim() is not None
    assert holder.post(f"/predictions/{prediction.id}/parts", told).status_code == 204
    assert other_worker.post(f"/predictions/{prediction.id}/parts", told).status_code == 409


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([(0, ["a", "b"]), (2, ["cd"])], id="in order"),
        pytest.param([(0, ["a", "b"]), (0, ["a", "b", "cd"])], id="told again by a second worker"),
        pytest.param([(0, ["a"]), (2, ["d"])], id="with a gap"),
        pytest.param([], id="all lost"),
    ],
)
def test_a_stream_tells_the_whole_answer_once(
    redis_server: Redis,
    language_model: Model,
    holder: PredictionCaller,
    told: list[tuple[int, list[str]]],
) -> None:
    prediction = submitted(language_model, [CHAT], streams=True)
    assert holder.claim() is not None
    for first, texts in told:
        parts = [{"input": 0, "text": text} for text in texts]
        assert holder.post(f"/predictions/{prediction.id}/parts", {"first": first, "parts": parts}).status_code == 204
    assert holder.finish(prediction.id, predictions=[ANSWER]).status_code == 204
    stream = GenerationStream(prediction, lambda work: sync_to_async(work)())

    async def read() -> list[tuple[str, str | None]]:
        return [(part.text, part.finish_reason) async for part in stream.follow()]

    parts_read = async_to_sync(read)()
    assert "".join(text for text, _ in parts_read) == "abcd"
    assert [reason for _, reason in parts_read if reason] == ["length"]
    assert stream.answers == [ANSWER]


def metered() -> dict[str, int]:
    return {row.unit: row.quantity_nano for row in MeteredUsage.across_tenants.all()}


def left_after_a_part(prediction: Prediction) -> None:
    """Reads the first part of a streamed answer, and no more."""

    async def read() -> None:
        stream = GenerationStream(prediction, lambda work: sync_to_async(work)())
        parts = stream.follow()
        assert (await anext(parts)).text == "a"
        await parts.aclose()
        await stream.leave()

    async_to_sync(read)()


def test_a_reader_who_leaves_ends_the_writing_and_pays_until_then(
    redis_server: Redis, language_model: Model, holder: PredictionCaller
) -> None:
    prediction = submitted(language_model, [CHAT], streams=True)
    begun = clock()
    assert holder.claim() is not None
    told = {"first": 0, "parts": [{"input": 0, "text": "a"}]}
    assert holder.post(f"/predictions/{prediction.id}/parts", told).status_code == 204
    left_after_a_part(prediction)
    most = (clock() - begun) / timedelta(microseconds=1) * 1_000
    paid = metered()
    assert paid["call"] == 10**9
    assert 0 < paid["second"] < most
    # The worker hears of it with the next part that it tells, and what it then says changes nothing.
    again = holder.post(f"/predictions/{prediction.id}/parts", told | {"first": 1})
    assert (again.status_code, again.json()["code"]) == (409, "claim_lost")
    failure = {"fault": "user", "code": "reader_left", "message": "Nobody reads.", "hint": ""}
    assert holder.finish(prediction.id, failure=failure).status_code == 204
    assert holder.finish(prediction.id, predictions=[ANSWER]).status_code == 204
    assert Prediction.across_tenants.get(id=prediction.id).error["code"] == "reader_left"
    assert metered() == paid


def test_a_reader_who_leaves_before_a_worker_began_pays_nothing(
    language_model: Model, holder: PredictionCaller
) -> None:
    prediction = submitted(language_model, [CHAT], streams=True)
    with tenant_scope(language_model.organization_id):
        readers.leave(prediction_id=prediction.id, now=clock())
    assert holder.claim() is None
    assert metered() == {}


def test_a_client_that_leaves_before_its_stream_begins_ends_it(
    owner: Caller, language_model: Model, holder: PredictionCaller
) -> None:
    response = owner.post(f"/models/{language_model.id}/predict", {"inputs": [CHAT], "stream": True})
    assert response.status_code == 200
    prediction = Prediction.across_tenants.get()
    assert prediction.state == Prediction.State.QUEUED
    del response  # and with it the generator, which never ran
    gc.collect()
    prediction.refresh_from_db()
    assert (prediction.state, prediction.error["code"]) == (Prediction.State.FAILED, "reader_left")
    assert holder.claim() is None
    assert metered() == {}


def test_a_reader_who_leaves_at_the_end_changes_nothing(language_model: Model, holder: PredictionCaller) -> None:
    prediction = submitted(language_model, [CHAT], streams=True)
    assert holder.claim() is not None
    assert holder.finish(prediction.id, predictions=[ANSWER]).status_code == 204
    paid = metered()
    with tenant_scope(language_model.organization_id):
        readers.leave(prediction_id=prediction.id, now=clock())
    assert Prediction.across_tenants.get(id=prediction.id).state == Prediction.State.SUCCEEDED
    assert metered() == paid


def test_a_reader_of_a_killed_web_process_pays_for_what_was_read(
    language_model: Model, holder: PredictionCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says that they have left: they are not seen any more."""
    prediction = submitted(language_model, [CHAT], streams=True)
    assert holder.claim() is not None
    begun = clock() - timedelta(seconds=100)
    Prediction.across_tenants.filter(id=prediction.id).update(claimed_at=begun)
    told = {"first": 0, "parts": [{"input": 0, "text": "a"}]}
    for unread, status in ((None, 204), (timedelta(seconds=1), 204), (timedelta(seconds=60), 409)):
        monkeypatch.setattr(parts, "unread_for", lambda _, unread=unread: unread)
        assert holder.post(f"/predictions/{prediction.id}/parts", told).status_code == status
    prediction.refresh_from_db()
    assert (prediction.state, prediction.error["code"]) == (Prediction.State.FAILED, "reader_left")
    paid = metered()
    assert paid["call"] == 10**9
    assert 40 * 10**9 <= paid["second"] < 100 * 10**9
    assert holder.post(f"/predictions/{prediction.id}/parts", told).status_code == 409
    assert metered() == paid


def test_that_somebody_reads_is_noted_and_forgotten(redis_server: Redis) -> None:
    assert parts.unread_for("pred_1") is None
    parts.mark_reader("pred_1")
    silent = parts.unread_for("pred_1")
    assert silent is not None
    assert timedelta(0) <= silent < timedelta(seconds=30)
    redis_server.pexpire("prediction-reader:pred_1", 1_000 * (parts.KEPT_SECONDS - 100))
    older = parts.unread_for("pred_1")
    assert older is not None
    assert older >= timedelta(seconds=100)
