"""A training's name says all that its weights are a function of, and outlives releases."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.compiled import make_spec
from trainyard_engine.core.training_names import training_name
from trainyard_spec.validation import parse_training_spec


def name_of(**training: Any) -> str:
    spec = parse_training_spec(make_spec("tabular_classification", {"name": "mlp"}, **training))
    return training_name(spec, SimpleNamespace(sha256="d" * 64))  # type: ignore[arg-type]


def name_of_vit(architecture: dict[str, Any]) -> str:
    spec = parse_training_spec(make_spec("image_classification", {"name": "vit", **architecture}))
    return training_name(spec, SimpleNamespace(sha256="d" * 64))  # type: ignore[arg-type]


@pytest.mark.parametrize(("schedule", "name"), [
    ({"name": "inverse_time"}, "f478bb1080bce9a2116854b6d0f0741551ae55f07b71b54c33140097f8867144"),
    ({"name": "exponential", "decay": 0.2}, "eca17fa91095a95923161268ff8f9bf04a98b6660f8bd639d2b2dadf7f22b542"),
    ({"name": "step", "every_epochs": 3}, "5916ecae8548548f68eef81e507f80b38a811250f8ad2317a96484b10aa0192e"),
])  # fmt: skip
def test_a_training_that_an_earlier_release_began_is_the_same_one(schedule: dict[str, Any], name: str) -> None:
    """The names are those that it gave; checkpoints hold them."""
    assert name_of(schedule=schedule, optimizer={"name": "adam", "weight_decay": 0.01}) == name


@pytest.mark.parametrize(("schedule", "other"), [
    ({"name": "inverse_time"}, {"name": "inverse_time", "unit": "steps"}),
    ({"name": "step"}, {"name": "step", "every_steps": 10}),
])  # fmt: skip
def test_what_counts_time_in_another_way_is_another_training(schedule: dict[str, Any], other: dict[str, Any]) -> None:
    assert name_of(schedule=schedule) != name_of(schedule=other)


@pytest.mark.parametrize(("architecture", "name"), [
    ({"patch_size": 4}, "f608f3e48bb2eefe557f670c9a4279157a3c803e25b726af6799910309c5adc5"),
    ({"patch_size": 8, "depth": 2}, "670ba54c319cd8e7d23ea5fa143c88573bd27ff1cbaf3fb1acfeeb39956b064b"),
])  # fmt: skip
def test_an_architecture_that_states_a_former_default_is_the_same_one(architecture: dict[str, Any], name: str) -> None:
    assert name_of_vit(architecture) == name


def test_patches_by_the_data_are_another_training_than_the_former_default() -> None:
    assert name_of_vit({}) != name_of_vit({"patch_size": 4})
