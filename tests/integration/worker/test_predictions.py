"""Predictions beside the trainings: every claim gets exactly one answer."""

from typing import Any

import pytest

from tests.support.control_plane_double import ControlPlaneDouble
from trainyard_spec.worker_protocol import PredictionFinish
from trainyard_worker.supervisor import Supervisor

MODEL = {"m": b"model"}


def answer(control_plane: ControlPlaneDouble, supervisor: Supervisor, inputs: list[Any]) -> PredictionFinish:
    prediction = control_plane.offer_prediction(inputs, MODEL)
    supervisor.ring()
    control_plane.wait_until(lambda: prediction in control_plane.prediction_ends, "the prediction is answered")
    return control_plane.prediction_ends[prediction]


def test_predictions_come_back_in_the_order_of_the_inputs(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    finish = answer(control_plane, supervisor, [{"x": 1}, {"x": 2}])
    assert finish.failure is None
    assert finish.predictions is not None
    assert [prediction.model_dump() for prediction in finish.predictions] == [
        {"value": {"x": 1}, "model": "model", "warnings": ()},
        {"value": {"x": 2}, "model": "model", "warnings": ()},
    ]


def test_warnings_come_back_beside_the_answer(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    finish = answer(control_plane, supervisor, ["unknown"])
    assert finish.predictions is not None
    (warning,) = finish.predictions[0].warnings
    assert (warning.code, warning.column) == ("unknown_category", "plan")


def test_a_model_is_fetched_once(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    for _ in range(3):
        answer(control_plane, supervisor, [1])
    assert control_plane.count("GET", "/predictions/.*") == 1


@pytest.mark.parametrize(
    ("inputs", "fault", "code"),
    [
        (["bad"], "user", "bad_input"),
        (["crash"], "infrastructure", "engine_crashed"),
        (["hang"], "infrastructure", "prediction_timeout"),
    ],
)
def test_what_cannot_be_predicted_says_why(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, inputs: list[Any], fault: str, code: str
) -> None:
    finish = answer(control_plane, supervisor, inputs)
    assert finish.predictions is None
    assert finish.failure is not None
    assert (finish.failure.fault, finish.failure.code) == (fault, code)


def test_a_model_that_stays_damaged_is_an_answer_too(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    control_plane.corrupt = 100
    finish = answer(control_plane, supervisor, [1])
    assert finish.failure is not None
    assert finish.failure.code == "prediction_unavailable"


def test_a_prediction_does_not_wait_for_a_training(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    attempts = [control_plane.offer([{"wait_for": "/never"}]) for _ in range(2)]
    control_plane.wait_until(lambda: len(control_plane.attempts) == 2, "every slot is taken")
    assert answer(control_plane, supervisor, [1]).failure is None
    assert all(attempt.outcome is None for attempt in attempts)
