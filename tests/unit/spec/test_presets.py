"""Presets: how much training each gives, by the data."""

from typing import Any

import pytest

from trainyard_spec.datasets import TableProfile
from trainyard_spec.presets import Preset, PresetTraining, preset_choices
from trainyard_spec.resolution import resolve_training
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import parse_training_spec

PROFILE = TableProfile.model_construct()


def spec(task: str, **training: Any) -> TrainingSpec:
    return parse_training_spec(
        {"name": "a", "dataset": "dsv_1", "task": task, "architecture": {"name": "mlp"}, "training": training}
    )


def choices(of: TrainingSpec, examples: int) -> dict[Preset, PresetTraining]:
    return {each.name: each.training for each in preset_choices(of, examples=examples, profile=PROFILE)}


@pytest.mark.parametrize("examples", [10, 800, 100_000])
def test_they_follow_what_auto_would_choose(examples: int) -> None:
    of = spec("tabular_classification")
    usual = resolve_training(of, examples=examples, profile=PROFILE).epochs
    found = choices(of, examples)
    assert found[Preset.BALANCED].model_dump() == {"epochs": "auto", "early_stopping": None}
    assert found[Preset.FAST].epochs == -(-usual // 3)
    assert found[Preset.BEST].epochs == 3 * usual
    stopping = found[Preset.BEST].early_stopping
    assert stopping is not None
    assert (stopping.metric, stopping.patience) == ("val_loss", max(3, -(-usual // 3)))


def test_what_the_spec_says_of_its_length_changes_none() -> None:
    stated = {"epochs": 2, "early_stopping": {"patience": 1}}
    assert choices(spec("tabular_regression", **stated), 800) == choices(spec("tabular_regression"), 800)


def test_a_fast_training_that_is_judged_by_its_loss_keeps_its_best_epoch() -> None:
    found = choices(spec("tabular_regression"), 800)
    stopping = found[Preset.FAST].early_stopping
    assert stopping is not None
    assert stopping.patience <= int(found[Preset.FAST].epochs)
    assert choices(spec("tabular_classification"), 800)[Preset.FAST].early_stopping is None


@pytest.mark.parametrize("preset", list(Preset))
def test_each_is_a_valid_training(preset: Preset) -> None:
    of = spec("tabular_regression")
    wanted = choices(of, 100)[preset].model_dump(mode="json")
    assert spec("tabular_regression", **wanted).training.epochs == wanted["epochs"]
