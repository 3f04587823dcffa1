"""Predictions beside the trainings: every claim gets exactly one answer."""

from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.waiting import wait_for
from trainyard_spec.worker_protocol import PredictionFinish
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import ControlPlaneDouble

MODEL = {"m": b"model"}


def answer(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, inputs: list[Any], *, model_id: str = "mdl_1"
) -> PredictionFinish:
    prediction = control_plane.offer_prediction(inputs, MODEL, model_id=model_id)
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


def process_of(control_plane: ControlPlaneDouble, supervisor: Supervisor, model_id: str = "mdl_1") -> tuple[int, int]:
    """The process that answers for a model, and how many requests it has had."""
    [told] = answer(control_plane, supervisor, ["who"], model_id=model_id).predictions or ()
    content = told.model_dump()
    return content["pid"], content["count"]


class TestWarmModels:
    def test_the_next_prediction_loads_nothing(self, control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
        process, count = process_of(control_plane, supervisor)
        assert count == 1
        assert answer(control_plane, supervisor, ["bad"]).failure is not None
        assert process_of(control_plane, supervisor) == (process, 3)

    def test_a_model_has_a_process_of_its_own(self, control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
        first, _ = process_of(control_plane, supervisor, "mdl_1")
        other, count = process_of(control_plane, supervisor, "mdl_2")
        assert (other != first, count) == (True, 1)
        assert process_of(control_plane, supervisor, "mdl_1") == (first, 2)

    @pytest.mark.parametrize("inputs", [["crash"], ["hang"], ["last"]])
    def test_one_that_died_is_started_anew(
        self, control_plane: ControlPlaneDouble, supervisor: Supervisor, inputs: list[str]
    ) -> None:
        first, _ = process_of(control_plane, supervisor)
        answer(control_plane, supervisor, inputs)
        again, count = process_of(control_plane, supervisor)
        assert (again != first, count) == (True, 1)

    def test_the_longest_unasked_makes_room(self, control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
        processes = {model_id: process_of(control_plane, supervisor, model_id)[0] for model_id in ("a", "b", "c")}
        assert process_of(control_plane, supervisor, "a") == (processes["a"], 2)
        process_of(control_plane, supervisor, "d")
        wait_for(lambda: not psutil.pid_exists(processes["b"]), seconds=10)
        assert process_of(control_plane, supervisor, "a") == (processes["a"], 3)

    def test_one_that_nobody_asks_gives_its_memory_back(
        self, control_plane: ControlPlaneDouble, supervisor: Supervisor
    ) -> None:
        process, _ = process_of(control_plane, supervisor)
        supervisor._predictor._warm._idle_seconds = 0.0
        wait_for(lambda: not psutil.pid_exists(process), seconds=10)

    def test_stopping_the_worker_ends_them(
        self, control_plane: ControlPlaneDouble, supervisor: Supervisor, tmp_path: Path
    ) -> None:
        process, _ = process_of(control_plane, supervisor)
        supervisor.stop(grace_seconds=0)
        wait_for(lambda: not psutil.pid_exists(process), seconds=10)
        assert list((tmp_path / "state" / "predictions").iterdir()) == []

    def test_long_inputs_pass(self, control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
        [told] = answer(control_plane, supervisor, ["x" * 500_000]).predictions or ()
        assert len(told.model_dump()["value"]) == 500_000
