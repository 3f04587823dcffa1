"""Predictions that nobody answers in time, and workers that may not take any."""

from datetime import timedelta

import pytest

from tests.support.dataset_versions import clock
from tests.support.prediction_caller import PredictionCaller
from tests.support.predictions import ANSWERS, queued, state_of
from trainyard.core.models import OutboxMessage
from trainyard.pools.models import Worker
from trainyard.registry import predictions
from trainyard.registry.models import Model, Prediction


def silence(worker: PredictionCaller, *, seconds: float) -> None:
    """As if the worker had been heard of last ``seconds`` ago."""
    Worker.objects.filter(id=worker.worker.id).update(last_heartbeat_at=clock() - timedelta(seconds=seconds))


class TestExpiry:
    def test_a_lost_workers_prediction_goes_to_another_once(
        self, model: Model, worker: PredictionCaller, other_worker: PredictionCaller
    ) -> None:
        prediction_id = queued(model)
        worker.claim()
        OutboxMessage.objects.all().delete()
        predictions.expire(now=clock())
        assert state_of(prediction_id) == "claimed"
        silence(worker, seconds=16)
        predictions.expire(now=clock())
        assert state_of(prediction_id) == "queued"
        assert [message.queue for message in OutboxMessage.objects.all()] == ["pool.default"]
        other_worker.claim()
        assert worker.finish(prediction_id, predictions=ANSWERS).status_code == 409
        silence(other_worker, seconds=16)
        predictions.expire(now=clock())
        row = Prediction.across_tenants.get()
        assert (row.state, row.inputs) == ("failed", [])

    def test_a_worker_that_is_heard_of_keeps_it_until_the_deadline(
        self, model: Model, worker: PredictionCaller
    ) -> None:
        prediction_id = queued(model)
        worker.claim()
        silence(worker, seconds=-29)  # heard of just before
        predictions.expire(now=clock() + timedelta(seconds=29))
        assert state_of(prediction_id) == "claimed"
        assert worker.finish(prediction_id, predictions=ANSWERS).status_code == 204
        assert state_of(prediction_id) == "succeeded"

    def test_after_the_deadline_nobody_begins_it(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        assert predictions.claim(worker=worker.worker, now=clock() + timedelta(seconds=30)) is None
        assert state_of(prediction_id) == "queued"

    def test_a_claim_says_how_long_somebody_waits(self, model: Model, worker: PredictionCaller) -> None:
        queued(model)
        claim = worker.claim()
        assert claim is not None
        assert 0 < claim["seconds"] <= 30

    def test_what_nobody_waits_for_any_more_fails(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        predictions.expire(now=clock() + timedelta(seconds=30))
        row = Prediction.across_tenants.get()
        assert (row.id, row.state, row.inputs) == (prediction_id, "failed", [])

    def test_old_rows_are_deleted(self, model: Model, worker: PredictionCaller) -> None:
        prediction_id = queued(model)
        worker.claim()
        worker.finish(prediction_id, predictions=ANSWERS)
        predictions.expire(now=clock() + timedelta(minutes=9))
        assert Prediction.across_tenants.exists()
        predictions.expire(now=clock() + timedelta(minutes=11))
        assert not Prediction.across_tenants.exists()


def test_a_pool_in_which_a_prediction_waits_is_rung_again(model: Model, worker: PredictionCaller) -> None:
    assert predictions.pools_with_queued() == set()
    queued(model)
    assert predictions.pools_with_queued() == {model.job.pool_id}
    worker.claim()
    assert predictions.pools_with_queued() == set()


@pytest.mark.parametrize("state", ["cordoned", "draining", "quarantined"])
def test_a_worker_that_takes_no_work_takes_no_predictions(model: Model, worker: PredictionCaller, state: str) -> None:
    queued(model)
    Worker.objects.update(state=state)
    assert worker.claim() is None
