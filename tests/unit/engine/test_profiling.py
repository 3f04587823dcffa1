"""A profile measures a few seconds of a training and says where they go; by that the whole is estimated."""

import json
from io import StringIO
from pathlib import Path

import pytest
import torch

from tests.support.compiled import make_spec, small_images
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.profiling import profile
from trainyard_engine.core.schedules import StepPlan
from trainyard_engine.core.session import TrainingRequest
from trainyard_engine.core.telemetry import Telemetry, TrainedTimeClock
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.engine_protocol import PROFILE_MESSAGE, ExitStatus, Profiled
from trainyard_spec.timings import TrainingTimings
from trainyard_spec.validation import parse_training_spec


class Hand(TrainedTimeClock):
    """A clock that a test moves; of its seconds only ``share`` counts."""

    now = 0.0
    share = 1.0

    def wall(self) -> float:
        return self.now

    def seconds(self) -> float:
        return self.now * self.share


def test_each_second_is_in_one_part(hand: Hand, telemetry: Telemetry) -> None:
    watch = telemetry.stopwatch
    assert watch.timings() is None
    for number, end in enumerate((2.0, 2.5, 3.0), start=1):
        hand.now = end
        telemetry.step(number, samples=5, lr=0.1, scalars={"loss": torch.tensor(1.0)})
    with watch.part("validation"):
        hand.now = 5.0
        during = watch.timings()
    with watch.part("checkpoint"):
        hand.now = 5.25
    with watch.part("wait"):
        hand.now = 15.25
    timings = watch.timings()
    assert timings == TrainingTimings(
        steps_per_epoch=10,
        first_step_seconds=2.0,
        steps=2,
        steps_seconds=1.0,
        validations=1,
        validations_seconds=2.0,
        checkpoints=1,
        checkpoints_seconds=0.25,
    )
    assert during is not None
    assert (during.steps_seconds, during.validations) == (1.0, 0)


def test_what_the_host_had_no_processor_for_is_left_out_of_each_part(hand: Hand, telemetry: Telemetry) -> None:
    hand.share = 0.5
    hand.now = 2.0
    telemetry.step(1, samples=5, lr=0.1, scalars={"loss": torch.tensor(1.0)})
    with telemetry.stopwatch.part("validation"):
        hand.now = 4.0
    timings = telemetry.stopwatch.timings()
    assert timings is not None
    assert (timings.first_step_seconds, timings.validations_seconds) == (1.0, 1.0)


def test_more_waiting_than_time_passed_leaves_nothing_and_stops_no_training(hand: Hand, telemetry: Telemetry) -> None:
    hand.now, hand.share = 0.01, -0.5
    telemetry.step(1, samples=5, lr=0.1, scalars={"loss": torch.tensor(1.0)})
    timings = telemetry.stopwatch.timings()
    assert timings is not None
    assert (timings.first_step_seconds, timings.steps_seconds) == (0, 0)


def test_what_was_taken_back_is_not_measured(hand: Hand, telemetry: Telemetry) -> None:
    hand.now = 9.0
    telemetry.step(1, samples=5, lr=0.1, scalars={"loss": torch.tensor(1.0)})
    hand.now = 4.0
    telemetry.forget()
    assert telemetry.stopwatch.timings() is None
    hand.now = 5.0
    telemetry.step(1, samples=5, lr=0.1, scalars={"loss": torch.tensor(1.0)})
    timings = telemetry.stopwatch.timings()
    assert timings is not None
    assert timings.first_step_seconds == 1.0


def test_the_whole_is_the_sum_of_its_parts() -> None:
    timings = TrainingTimings(
        steps_per_epoch=10,
        first_step_seconds=2.0,
        steps=20,
        steps_seconds=10.0,
        validations=2,
        validations_seconds=1.0,
        checkpoints=1,
        checkpoints_seconds=0.25,
        finish_seconds=3.0,
    )
    whole = timings.training_seconds(epochs=5, checkpoint_every=20, val_share=0.125, test_share=0.125)
    assert whole == pytest.approx(2.0 + 49 * 0.5 + 5 * 0.5 + 2 * 0.25 + 3.0)


def test_what_was_not_measured_is_guessed_by_the_rows_of_its_part() -> None:
    timings = TrainingTimings(steps_per_epoch=10, first_step_seconds=2.0, steps=0, steps_seconds=0.0)
    whole = timings.training_seconds(epochs=2, checkpoint_every=200, val_share=0.3, test_share=0.15)
    assert whole == pytest.approx(20 * 2.0 + 2 * 20.0 / 3 * 0.3 + 20.0 / 3 * 0.15)


def test_a_profile_of_real_data_tells_all_parts_and_nothing_that_was_learnt(tmp_path: Path) -> None:
    spec = make_spec("image_classification", {"name": "cnn", "channels": [4], "hidden": [8]}, epochs=1)
    said = StringIO()
    request = TrainingRequest(
        spec=parse_training_spec(spec),
        data=small_images(tmp_path / "data"),
        out=tmp_path / "out",
        threads=1,
        device="cpu",
    )
    status = profile(request, Messages(said), Group(), seconds=0.2, should_stop=lambda: False)
    told = [PROFILE_MESSAGE.validate_json(line) for line in said.getvalue().splitlines()]
    assert status == ExitStatus.SUCCEEDED
    assert all(isinstance(message, Profiled) for message in told)
    last = told[-1]
    assert isinstance(last, Profiled)
    timings = last.timings
    assert timings.steps >= timings.steps_per_epoch
    assert timings.validations >= 1
    assert timings.checkpoints >= 1
    assert min(timings.step_seconds, timings.validations_seconds, timings.startup_seconds or 0) > 0
    assert (timings.finish_seconds or 0) > 0
    assert set(json.loads(said.getvalue().splitlines()[-1])) == {"type", "timings"}


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def telemetry(hand: Hand) -> Telemetry:
    return Telemetry(Messages(StringIO()), hand, StepPlan(steps_per_epoch=10, epochs=2))
