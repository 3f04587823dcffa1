"""Presets: the number of epochs as a multiple of what ``auto`` would choose for the data."""

import math
from enum import StrEnum
from typing import NamedTuple

from trainyard_spec.automatic import AUTO, AutoEpochs
from trainyard_spec.base import WireModel
from trainyard_spec.datasets import AnyProfile
from trainyard_spec.resolution import resolve_training
from trainyard_spec.training import EarlyStoppingConfig, TrainingSpec

SHARE_OF_FAST = 1 / 3
MULTIPLE_OF_BEST = 3
LEAST_PATIENCE = 3


class Preset(StrEnum):
    """Amount of training: a third of the epochs that ``auto`` would choose, as many, or up to three times as many."""

    FAST = "fast"
    BALANCED = "balanced"
    BEST = "best"


class PresetTraining(WireModel):
    """Fields of a spec's ``training`` that a preset sets, replacing the values given there."""

    epochs: AutoEpochs
    early_stopping: EarlyStoppingConfig | None


class PresetChoice(NamedTuple):
    """A preset, and the fields that it sets for one spec and its data."""

    name: Preset
    training: PresetTraining


def preset_choices(spec: TrainingSpec, *, examples: int, profile: AnyProfile) -> tuple[PresetChoice, ...]:
    """What each preset sets for ``spec`` on these data.

    ``best`` ends once the validation loss has not improved for as many epochs as ``fast`` has.
    """
    bare = spec.training.model_copy(update={"epochs": AUTO, "early_stopping": None})
    usual = resolve_training(spec.model_copy(update={"training": bare}), examples=examples, profile=profile)
    fast = max(1, math.ceil(usual.epochs * SHARE_OF_FAST))
    stopping = EarlyStoppingConfig(metric="val_loss", patience=max(LEAST_PATIENCE, fast))
    return (
        PresetChoice(Preset.FAST, PresetTraining(epochs=fast, early_stopping=_within(usual.early_stopping, fast))),
        PresetChoice(Preset.BALANCED, PresetTraining(epochs=AUTO, early_stopping=None)),
        PresetChoice(Preset.BEST, PresetTraining(epochs=usual.epochs * MULTIPLE_OF_BEST, early_stopping=stopping)),
    )


def _within(stopping: EarlyStoppingConfig | None, epochs: int) -> EarlyStoppingConfig | None:
    """The same, of which the best weights are what matters in a training too short to end early."""
    return stopping and stopping.model_copy(update={"patience": min(stopping.patience, epochs)})
