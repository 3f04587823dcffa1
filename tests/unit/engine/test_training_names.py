"""A training's name says all that its weights are a function of, and outlives releases."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.compiled import make_spec
from trainyard_engine.training.session import training_name
from trainyard_spec.validation import parse_training_spec


def name_of(**training: Any) -> str:
    spec = parse_training_spec(make_spec("tabular_classification", {"name": "mlp"}, **training))
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
