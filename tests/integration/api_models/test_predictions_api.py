"""``POST /models/{id}/predict`` and the worker's side of it, through both APIs."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.dataset_versions import clock
from tests.support.finished_models import CONTENTS
from tests.support.platform import Caller
from tests.support.prediction_caller import PredictionCaller
from tests.support.predictions import ANSWERS, ROWS, WARNING, queued, state_of
from trainyard.core.models import OutboxMessage
from trainyard.pools.models import Worker
from trainyard.registry import notification
from trainyard.registry.models import Model, Prediction

USER_FAULT = {
    "fault": "user",
    "code": "invalid_input",
    "message": "Input 1 has a column wdth that the model was not trained on.",
    "hint": "Did you mean width?",
    "field": "inputs.1.wdth",
}
OUR_FAULT = {"fault": "infrastructure", "code": "engine_crashed", "message": "It broke."}

Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """While the next prediction is waited for, runs something between a first look and a second and last one."""

    def arrange(act: Callable[[], object]) -> None:
        def moments(*_: Any, **__: Any) -> Iterator[None]:
            yield
            act()
            yield

        monkeypatch.setattr(notification, "poll_instants", moments)

    return arrange


def answers(worker: PredictionCaller, **outcome: Any) -> Callable[[], None]:
    def act() -> None:
        claim = worker.claim()
        assert claim is not None
        assert worker.finish(claim["prediction_id"], **outcome).status_code == 204

    return act


class TestPredict:
    def test_rows_are_answered_in_order(
        self, model: Model, owner: Caller, worker: PredictionCaller, meanwhile: Meanwhile
    ) -> None:
        meanwhile(answers(worker, predictions=ANSWERS))
        answer = owner.post(f"/models/{model.id}/predict", {"inputs": ROWS})
        assert (answer.status_code, answer.json()) == (200, {"predictions": ANSWERS})

    def test_a_worker_of_an_earlier_release_warns_of_nothing(
        self, model: Model, owner: Caller, worker: PredictionCaller, meanwhile: Meanwhile
    ) -> None:
        meanwhile(answers(worker, predictions=[{"value": 1.5}] * 2))
        answer = owner.post(f"/models/{model.id}/predict", {"inputs": ROWS})
        assert answer.json() == {"predictions": [{"value": 1.5, "warnings": []}] * 2}

    def test_more_warnings_than_an_answer_may_have_are_refused(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        assert worker.claim() is not None
        flood = [{"value": 1.5, "warnings": [WARNING] * 21}] * 2
        assert worker.finish(prediction_id, predictions=flood).status_code == 400

    def test_the_pool_is_rung_and_inputs_do_not_stay(
        self, model: Model, owner: Caller, worker: PredictionCaller, meanwhile: Meanwhile
    ) -> None:
        OutboxMessage.objects.all().delete()
        meanwhile(answers(worker, predictions=ANSWERS))
        owner.post(f"/models/{model.id}/predict", {"inputs": ROWS})
        message = OutboxMessage.objects.get()
        assert (message.task, message.queue, message.kwargs) == ("trainyard_worker.ring", "pool.default", {})
        assert Prediction.across_tenants.get().inputs == []

    def test_a_fault_of_the_caller_is_told_as_the_engine_told_it(
        self, model: Model, owner: Caller, worker: PredictionCaller, meanwhile: Meanwhile
    ) -> None:
        meanwhile(answers(worker, failure=USER_FAULT))
        answer = owner.post(f"/models/{model.id}/predict", {"inputs": ROWS})
        body = answer.json()
        assert (answer.status_code, body["code"]) == (400, "invalid_input")
        assert (body["detail"], body["hint"]) == (USER_FAULT["message"], USER_FAULT["hint"])
        assert [error["field"] for error in body["errors"]] == ["inputs.1.wdth"]

    def test_no_answer_in_time_cancels_it(self, model: Model, owner: Caller, worker: PredictionCaller) -> None:
        moments: list[None] = [None]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(notification, "poll_instants", lambda *_, **__: iter(moments))
            answer = owner.post(f"/models/{model.id}/predict", {"inputs": ROWS})
        assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "prediction_timeout", "5")
        assert worker.claim() is None
        assert Prediction.across_tenants.get().inputs == []

    def test_images_may_be_uploaded(
        self, model: Model, owner: Caller, worker: PredictionCaller, meanwhile: Meanwhile
    ) -> None:
        Model.across_tenants.update(task="image_classification")
        seen: list[Any] = []

        def act() -> None:
            claim = worker.claim()
            assert claim is not None
            seen.extend(claim["inputs"])
            worker.finish(claim["prediction_id"], predictions=ANSWERS)

        meanwhile(act)
        files = [SimpleUploadedFile(name, content) for name, content in (("a.png", b"one"), ("b.png", b"two"))]
        answer = owner.upload(f"/models/{model.id}/predict", inputs=files)
        assert answer.json() == {"predictions": ANSWERS}
        assert [base64.b64decode(text) for text in seen] == [b"one", b"two"]

    def test_without_a_live_worker_it_says_so_at_once(self, model: Model, owner: Caller) -> None:
        answer = owner.post(f"/models/{model.id}/predict", {"inputs": ROWS})
        assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "no_worker", "30")
        assert not Prediction.across_tenants.exists()

    @pytest.mark.parametrize("state", ["cordoned", "draining", "removed"])
    def test_a_worker_that_takes_nothing_new_does_not_count(
        self, model: Model, owner: Caller, worker: PredictionCaller, state: str
    ) -> None:
        Worker.objects.filter(id=worker.worker.id).update(state=state)
        assert owner.post(f"/models/{model.id}/predict", {"inputs": ROWS}).json()["code"] == "no_worker"

    @pytest.mark.parametrize(
        ("inputs", "field"),
        [
            ([], "inputs"),
            ([{}] * 257, "inputs"),
            (["text"], "inputs.0"),
            ([{"a": 1}, 7], "inputs.1"),
            ([{"a": {"b": 1}}], "inputs.0"),
            ([{"a": [1]}], "inputs.0"),
            ([{"a": "b\u0000"}], "inputs.0.a"),
            ([{"a\ud800": 1}], "inputs.0.a\\ud800"),
            ("rows", "inputs"),
            ([None], "inputs.0"),
        ],
    )
    def test_wrong_inputs_are_refused_before_they_wait(
        self, model: Model, owner: Caller, worker: PredictionCaller, inputs: Any, field: str
    ) -> None:
        answer = owner.post(f"/models/{model.id}/predict", {"inputs": inputs})
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert not Prediction.across_tenants.exists()

    def test_a_row_for_images_is_refused(self, model: Model, owner: Caller, worker: PredictionCaller) -> None:
        Model.across_tenants.update(task="image_classification")
        assert owner.post(f"/models/{model.id}/predict", {"inputs": ROWS}).status_code == 400

    def test_too_large_a_body_is_refused(self, model: Model, owner: Caller, worker: PredictionCaller) -> None:
        file = SimpleUploadedFile("a.png", bytes(33 * 2**20))
        answer = owner.upload(f"/models/{model.id}/predict", inputs=file)
        assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


class TestWorker:
    def test_a_claim_brings_inputs_and_files(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        claim = worker.claim()
        assert claim is not None
        assert (claim["prediction_id"], claim["model_id"], claim["inputs"]) == (prediction_id, model.id, ROWS)
        assert {file["name"] for file in claim["model_files"]} == CONTENTS.keys() - {"test_predictions.csv"}
        answer = worker.get(f"/predictions/{prediction_id}/model/config.json")
        assert b"".join(answer.streaming_content) == CONTENTS["config.json"]

    def test_the_oldest_comes_first_and_each_once(
        self, model: Model, worker: PredictionCaller, other_worker: PredictionCaller
    ) -> None:
        ids = [queued(model) for _ in range(2)]
        claims = [worker.claim(), other_worker.claim()]
        assert [claim and claim["prediction_id"] for claim in claims] == ids
        assert worker.claim() is None

    def test_another_pools_predictions_are_not_offered(self, model: Model, worker: PredictionCaller) -> None:
        queued(model)
        pool = type(worker.worker.pool).objects.create(name="other", slot_kind="cpu", created_at=clock())
        Worker.objects.filter(id=worker.worker.id).update(pool=pool)
        assert worker.claim() is None

    def test_only_the_claimer_touches_it(
        self, model: Model, worker: PredictionCaller, other_worker: PredictionCaller
    ) -> None:
        prediction_id = queued(model)
        worker.claim()
        answers = [
            other_worker.finish(prediction_id, predictions=ANSWERS),
            other_worker.get(f"/predictions/{prediction_id}/model/config.json"),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "claim_lost")}
        assert state_of(prediction_id) == "claimed"

    def test_a_customer_is_no_worker(self, model: Model, owner: Caller, worker: PredictionCaller) -> None:
        queued(model)
        answer = owner._client.post("/api/worker/v1/predictions/claim", "{}", content_type="application/json")
        assert answer.status_code == 401

    def test_finishing_again_changes_nothing(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        worker.claim()
        assert worker.finish(prediction_id, predictions=ANSWERS).status_code == 204
        assert worker.finish(prediction_id, failure=USER_FAULT).status_code == 204
        assert state_of(prediction_id) == "succeeded"

    def test_nonsense_is_refused(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        worker.claim()
        for outcome in ({"predictions": "many"}, {}, {"predictions": ANSWERS, "failure": USER_FAULT}):
            assert worker.finish(prediction_id, **outcome).status_code == 400
        assert state_of(prediction_id) == "claimed"

    def test_as_many_answers_as_inputs(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        worker.claim()
        assert worker.finish(prediction_id, predictions=ANSWERS[:1]).status_code == 400

    def test_an_answer_that_is_no_number_is_a_failure(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        worker.claim()
        worker.finish(prediction_id, predictions=[{"value": float("nan")}] * 2)
        row = Prediction.across_tenants.get()
        assert (row.state, row.error["code"]) == ("failed", "prediction_not_finite")

    def test_our_fault_is_tried_once_more_elsewhere(
        self, model: Model, worker: PredictionCaller, other_worker: PredictionCaller
    ) -> None:
        prediction_id = queued(model)
        worker.claim()
        worker.finish(prediction_id, failure=OUR_FAULT)
        assert state_of(prediction_id) == "queued"
        other_worker.claim()
        other_worker.finish(prediction_id, failure=OUR_FAULT)
        assert state_of(prediction_id) == "failed"
