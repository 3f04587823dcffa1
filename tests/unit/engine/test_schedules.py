"""Learning rates against the closed forms that ``trainyard_spec.training`` states."""

import math

import pytest
from pydantic import TypeAdapter

from trainyard_engine.training.schedules import Horizon, learning_rate
from trainyard_spec.training import AnySchedule

HORIZON = Horizon(steps_per_epoch=10, epochs=6)
LR = 0.3

CLOSED_FORMS = {
    "constant": ({}, lambda t: LR),
    "inverse_time": ({"decay": 0.5}, lambda t: LR / (1 + 0.5 * t)),
    "exponential": ({"decay": 0.5}, lambda t: LR * math.exp(-0.5 * t)),
    "step": ({"every_epochs": 2, "factor": 0.1}, lambda t: LR * 0.1 ** math.floor(t / 2)),
    "cosine": ({"final_fraction": 0.1}, lambda t: 0.03 + (LR - 0.03) * (1 + math.cos(math.pi * t / 6)) / 2),
}


def schedule(name: str, **options: object) -> AnySchedule:
    parsed: AnySchedule = TypeAdapter(AnySchedule).validate_python({"name": name, **options})
    return parsed


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_every_step_is_on_the_closed_form(name: str) -> None:
    options, closed_form = CLOSED_FORMS[name]
    for step in range(HORIZON.total_steps):
        rate = learning_rate(schedule(name, **options), lr=LR, step=step, horizon=HORIZON)
        assert rate == pytest.approx(closed_form(step / 10), rel=1e-12)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_warm_up_rises_linearly_and_time_counts_from_its_end(name: str) -> None:
    options, _ = CLOSED_FORMS[name]
    warm = schedule(name, **options, warmup_steps=4)
    rates = [learning_rate(warm, lr=LR, step=step, horizon=HORIZON) for step in range(5)]
    assert rates == pytest.approx([LR * (step + 1) / 5 for step in range(5)])
    if name != "cosine":  # whose end is fixed, so that warm-up leaves it less time
        cold = schedule(name, **options)
        later = [learning_rate(warm, lr=LR, step=step + 4, horizon=HORIZON) for step in range(30)]
        assert later == [learning_rate(cold, lr=LR, step=step, horizon=HORIZON) for step in range(30)]


def test_cosine_with_warm_up_spans_the_epochs_left() -> None:
    rates = [
        learning_rate(schedule("cosine", warmup_steps=20), lr=LR, step=step, horizon=HORIZON) for step in range(20, 60)
    ]
    assert rates == pytest.approx([LR * (1 + math.cos(math.pi * step / 40)) / 2 for step in range(40)])


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_warm_up_longer_than_training_is_all_warm_up(name: str) -> None:
    rate = learning_rate(schedule(name, warmup_steps=1_000), lr=LR, step=59, horizon=HORIZON)
    assert rate == pytest.approx(LR * 60 / 1_001)
