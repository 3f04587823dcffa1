"""Whose prediction is made next, and how many may wait: nobody's many stand before another's one."""

from datetime import timedelta

import pytest
from pytest_django import Settings as DjangoSettings

from tests.support.dataset_versions import clock
from tests.support.finished_models import finished_model
from tests.support.jobs import Bench, fund, make_version, make_worker
from tests.support.platform import START, Caller
from tests.support.prediction_caller import PredictionCaller
from tests.support.predictions import ANSWERS, ROWS
from trainyard.core.tenancy import tenant_scope
from trainyard.registry import predictions
from trainyard.registry.models import Model, Prediction
from trainyard.tenants.models import Organization


@pytest.fixture
def others_model(bench: Bench) -> Model:
    """Of another organization, trained in the same pool."""
    other = Organization.objects.create(name="Other Labs", created_at=START)
    fund(other)
    return finished_model(
        Bench(other, bench.pool, make_worker(bench.pool, name="second").worker, make_version(other), bench.now)
    )


def asked(model: Model, *, times: int = 1) -> list[str]:
    with tenant_scope(model.organization_id):
        return [
            predictions.submit(model_id=model.id, inputs=ROWS, created_by="key_tests", now=clock()).id
            for _ in range(times)
        ]


def claimed(worker: PredictionCaller) -> str | None:
    claim = worker.claim()
    return claim["prediction_id"] if claim else None


def allow(settings: DjangoSettings, *, waiting: int) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_waiting_predictions": waiting})


def test_one_that_came_last_is_second(
    model: Model, others_model: Model, worker: PredictionCaller, other_worker: PredictionCaller
) -> None:
    many, [one] = asked(model, times=20), asked(others_model)
    assert {claimed(worker), claimed(other_worker)} == {many[0], one}


def test_organizations_take_turns(model: Model, others_model: Model, worker: PredictionCaller) -> None:
    mine = asked(model, times=3)
    asked(others_model, times=3)
    order = []
    while (prediction_id := claimed(worker)) is not None:
        order.append(prediction_id in mine)
        assert worker.finish(prediction_id, predictions=ANSWERS).status_code == 204
    assert order in ([True, False] * 3, [False, True] * 3)


def test_a_worker_with_room_for_more_takes_another_organizations(
    model: Model, others_model: Model, worker: PredictionCaller, other_worker: PredictionCaller
) -> None:
    first, second = asked(model, times=2)
    assert [claimed(worker), claimed(worker)] == [first, None]
    [one] = asked(others_model)
    assert claimed(worker) == one
    assert claimed(other_worker) == second


def test_a_queue_has_an_end(model: Model, owner: Caller, worker: PredictionCaller, settings: DjangoSettings) -> None:
    allow(settings, waiting=2)
    first, _ = asked(model, times=2)
    refused = owner.post(f"/models/{model.id}/predict", {"inputs": ROWS})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_predictions")
    assert int(refused.headers["Retry-After"]) > 0
    assert claimed(worker) == first
    assert worker.finish(first, predictions=ANSWERS).status_code == 204
    assert len(asked(model)) == 1


def test_another_organizations_queue_is_its_own(
    model: Model, others_model: Model, worker: PredictionCaller, settings: DjangoSettings
) -> None:
    allow(settings, waiting=2)
    asked(model, times=2)
    assert len(asked(others_model)) == 1


def test_what_nobody_waits_for_any_more_is_not_counted(
    model: Model, worker: PredictionCaller, settings: DjangoSettings
) -> None:
    allow(settings, waiting=1)
    asked(model)
    Prediction.across_tenants.update(deadline=clock() - timedelta(seconds=1))
    assert len(asked(model)) == 1
