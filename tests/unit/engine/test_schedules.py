"""Learning rates against the closed forms that ``trainyard_spec.training`` states."""

import math

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, LRScheduler, StepLR

from trainyard_engine.core.checkpoint import PlateauState
from trainyard_engine.core.plateau import Plateau
from trainyard_engine.core.schedules import StepPlan, learning_rate
from trainyard_spec.schedules import AnySchedule, PlateauSchedule

HORIZON = StepPlan(steps_per_epoch=10, epochs=6)
LR = 0.3

CLOSED_FORMS = {
    "constant": ({}, lambda t: LR),
    "inverse_time": ({"decay": 0.5}, lambda t: LR / (1 + 0.5 * t)),
    "exponential": ({"decay": 0.5}, lambda t: LR * math.exp(-0.5 * t)),
    "step": ({"every_epochs": 2, "factor": 0.1}, lambda t: LR * 0.1 ** math.floor(t / 2)),
    "one_cycle": (
        {"rise": 0.25, "start_fraction": 0.1, "final_fraction": 0.01},
        lambda t: (
            LR + (0.03 - LR) * (1 + math.cos(math.pi * t / 1.5)) / 2
            if t <= 1.5
            else 0.003 + (LR - 0.003) * (1 + math.cos(math.pi * (t - 1.5) / 4.5)) / 2
        ),
    ),
    "plateau": ({}, lambda t: LR),
    "cosine": ({"final_fraction": 0.1}, lambda t: 0.03 + (LR - 0.03) * (1 + math.cos(math.pi * t / 6)) / 2),
}


def schedule(name: str, **options: object) -> AnySchedule:
    parsed: AnySchedule = TypeAdapter(AnySchedule).validate_python({"name": name, **options})
    return parsed


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_every_step_is_on_the_closed_form(name: str) -> None:
    options, closed_form = CLOSED_FORMS[name]
    for step in range(HORIZON.total_steps):
        rate = learning_rate(schedule(name, **options), lr=LR, step=step, plan=HORIZON)
        assert rate == pytest.approx(closed_form(step / 10), rel=1e-12)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_warm_up_rises_linearly_and_time_counts_from_its_end(name: str) -> None:
    options, _ = CLOSED_FORMS[name]
    warm = schedule(name, **options, warmup_steps=4)
    rates = [learning_rate(warm, lr=LR, step=step, plan=HORIZON) for step in range(5)]
    first = LR * CLOSED_FORMS[name][1](0) / LR if name == "one_cycle" else LR
    assert rates[:4] == pytest.approx([LR * (step + 1) / 5 for step in range(4)])
    assert rates[4] == pytest.approx(first)
    if name not in ("cosine", "one_cycle"):  # whose end is fixed, so that warm-up leaves them less time
        cold = schedule(name, **options)
        later = [learning_rate(warm, lr=LR, step=step + 4, plan=HORIZON) for step in range(30)]
        assert later == [learning_rate(cold, lr=LR, step=step, plan=HORIZON) for step in range(30)]


def test_cosine_with_warm_up_spans_the_epochs_left() -> None:
    rates = [
        learning_rate(schedule("cosine", warmup_steps=20), lr=LR, step=step, plan=HORIZON) for step in range(20, 60)
    ]
    assert rates == pytest.approx([LR * (1 + math.cos(math.pi * step / 40)) / 2 for step in range(40)])


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_warm_up_longer_than_training_is_all_warm_up(name: str) -> None:
    rate = learning_rate(schedule(name, warmup_steps=1_000), lr=LR, step=59, plan=HORIZON)
    assert rate == pytest.approx(LR * 60 / 1_001)


THEIRS = {
    "inverse_time": ({"decay": 0.05}, lambda optimizer: LambdaLR(optimizer, lambda t: 1 / (1 + 0.05 * t))),
    "exponential": ({"decay": 0.05}, lambda optimizer: ExponentialLR(optimizer, gamma=math.exp(-0.05))),
    "step": ({"every_steps": 7, "factor": 0.5}, lambda optimizer: StepLR(optimizer, step_size=7, gamma=0.5)),
}
"""Of decays per step, torch's; ``inverse_time`` is Keras' ``InverseTimeDecay``, which torch has not."""


@pytest.mark.parametrize("warmup_steps", [0, 4])
@pytest.mark.parametrize("name", THEIRS)
def test_a_decay_by_steps_is_torchs_and_another_one_than_by_epochs(name: str, warmup_steps: int) -> None:
    options, scheduler = THEIRS[name]
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=LR)
    theirs: LRScheduler = scheduler(optimizer)
    unit = {} if name == "step" else {"unit": "steps"}
    ours = schedule(name, **options, **unit, warmup_steps=warmup_steps)
    for step in range(warmup_steps, HORIZON.total_steps):
        assert learning_rate(ours, lr=LR, step=step, plan=HORIZON) == pytest.approx(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize("name", ["inverse_time", "exponential"])
def test_a_decay_by_epochs_is_that_by_steps_over_the_steps_of_an_epoch(name: str) -> None:
    by_epochs, by_steps = schedule(name, decay=0.5), schedule(name, decay=0.05, unit="steps")
    for step in range(HORIZON.total_steps):
        expected = learning_rate(by_steps, lr=LR, step=step, plan=HORIZON)
        assert learning_rate(by_epochs, lr=LR, step=step, plan=HORIZON) == pytest.approx(expected)


def test_steps_are_counted_instead_of_epochs_and_not_beside_them() -> None:
    with pytest.raises(ValidationError, match="every_steps counts instead of every_epochs"):
        schedule("step", every_steps=5, every_epochs=2)
    stored = schedule("step", every_steps=5).model_dump(mode="json")
    assert schedule(**stored) == schedule("step", every_steps=5)


def test_one_cycle_is_torchs() -> None:
    total, rise = HORIZON.total_steps, 0.3
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    # Torch takes the peak one step early and ends on its last step; ours are on the closed form, whose end is step T.
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=LR,
        total_steps=total + 1,
        pct_start=(rise * total + 1) / (total + 1),
        div_factor=25,
        final_div_factor=100,
        cycle_momentum=False,
    )
    ours = schedule("one_cycle", rise=rise, start_fraction=1 / 25, final_fraction=1 / 2500)
    for step in range(total):
        assert learning_rate(ours, lr=LR, step=step, plan=HORIZON) == pytest.approx(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize("patience", [0, 2])
@pytest.mark.parametrize("metric", ["val_loss", "val_accuracy"])
def test_plateau_is_torchs(metric: str, patience: int) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="min" if metric == "val_loss" else "max", factor=0.5, patience=patience, threshold=0.05,
        threshold_mode="abs", min_lr=0.1, eps=0,
    )  # fmt: skip
    spec = PlateauSchedule(
        name="plateau", metric=metric, factor=0.5, patience=patience, min_delta=0.05, final_fraction=0.1
    )
    ours = Plateau(spec)
    random = np.random.default_rng(5)
    fractions = set()
    for value in random.uniform(0, 1, 40):
        theirs.step(value)
        ours.update({metric.removeprefix("val_"): value})
        ours = Plateau(spec, PlateauState.model_validate_json(ours.state.model_dump_json()))
        assert ours.state.fraction == pytest.approx(optimizer.param_groups[0]["lr"])
        fractions.add(ours.state.fraction)
    assert len(fractions) > 3
    assert min(fractions) == 0.1
