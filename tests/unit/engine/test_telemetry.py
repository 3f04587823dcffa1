"""A training is heard of about once a second, also while it evaluates and after it went back."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.compiled import make_spec, small_images
from tests.support.trainings import train_here
from trainyard_engine.core import telemetry as telemetry_module
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.schedules import StepPlan
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock


class Hand(TrainedTimeClock):
    """A clock that a test moves."""

    now = 0.0

    def wall(self) -> float:
        return self.now

    def seconds(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def said() -> StringIO:
    return StringIO()


@pytest.fixture
def telemetry(hand: Hand, said: StringIO) -> Telemetry:
    return Telemetry(Messages(said), hand, StepPlan(steps_per_epoch=10, epochs=2))


def progress(said: StringIO) -> list[dict[str, Any]]:
    messages = [json.loads(line) for line in said.getvalue().splitlines()]
    return [message for message in messages if message["type"] == "progress"]


def step(telemetry: Telemetry, number: int) -> None:
    telemetry.step(number, samples=50, lr=0.1, scalars={"loss": torch.tensor(1.0)})


def test_an_evaluation_is_heard_of_once_a_second(telemetry: Telemetry, hand: Hand, said: StringIO) -> None:
    hand.now = 1.0
    step(telemetry, 10)
    for quarter in range(1, 13):
        hand.now = 1.0 + quarter / 4
        telemetry.evaluating(10)
    assert [message["trained_seconds"] for message in progress(said)] == [1, 2, 3, 4]
    assert {(message["step"], message["samples_per_second"]) for message in progress(said)} == {(10, 50.0)}


def test_steps_taken_again_are_heard_of_at_once(telemetry: Telemetry, hand: Hand, said: StringIO) -> None:
    hand.now = 3_600.0
    step(telemetry, 10)
    hand.now = 5.0  # where the checkpoint was taken
    telemetry.forget()
    hand.now = 6.0
    step(telemetry, 6)
    assert [message["step"] for message in progress(said)] == [10, 6]


def test_every_batch_of_an_evaluation_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry_module, "INTERVAL_SECONDS", 0.0)
    spec = make_spec("image_classification", {"name": "mlp", "hidden": []}, epochs=3, batch_size=64)
    lines = train_here(spec, small_images(tmp_path / "data"), tmp_path / "out")
    steps = [line["step"] for line in lines if line["type"] == "progress"]
    # Two steps and a validation an epoch, a test at the end.
    assert steps == [1, 2, 2, 3, 4, 4, 5, 6, 6, 6]
