"""What may be sharded, what the others are told, and what a slot is quoted."""

from typing import Any

import pytest

from tests.support.compiled import make_spec
from tests.support.profiles import conversations
from trainyard_spec.datasets import DatasetSummary
from trainyard_spec.footprint import Footprint
from trainyard_spec.language_model_memory import language_model_footprint
from trainyard_spec.pretrained_models import BaseModelFacts
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec

PROFILE = DatasetSummary.model_validate(conversations()).profile
BASE = BaseModelFacts(
    parameters=1_000_000_000,
    stored_bytes=2_000_000_000,
    vocabulary=32_000,
    hidden_size=2_048,
    layers=20,
    context=2_048,
    dtype="bfloat16",
    features=600_000,
    attention_features=200_000,
)


def spec(
    architecture: dict[str, Any],
    *,
    task: str = "instruction_tuning",
    slots: int = 2,
    sharding: str = "full",
    **more: Any,
) -> TrainingSpec:
    told = {"name": "causal_lm", "model": "llama", **architecture} if "name" not in architecture else architecture
    made = make_spec(task, told, sharding=sharding, **more)
    return parse_training_spec(made | {"resources": {"slots": slots}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slots": 1}, "Sharding shares a model between slots, and this job has one."),
        ({"precision": "fp16"}, "The loss scale of fp16 is not kept together over shards."),
        ({"architecture": {"quantization": "int8"}}, "Quantized weights are not sharded."),
        (
            {"task": "preference_tuning"},
            "The task compares with the model as it was before the first step, which is not sharded.",
        ),
        (
            {"architecture": {"name": "mlp"}, "task": "tabular_classification"},
            "Sharding is of pretrained language models, and mlp is none.",
        ),
    ],
)
def test_what_is_not_sharded_is_refused_by_its_field(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        spec(**{"architecture": {}, **changes})
    assert [(problem.field, problem.message) for problem in caught.value.problems] == [("training.sharding", message)]


def test_documents_and_conversations_are_sharded_whole_and_by_adapters() -> None:
    for task in ("language_modelling", "instruction_tuning"):
        for method in ("lora", "full"):
            assert spec({"method": method}, task=task).training.sharding == "full"


def footprint_of(architecture: dict[str, Any], **more: Any) -> Footprint:
    return language_model_footprint(spec(architecture, **more), PROFILE, BASE)


def test_a_slot_is_quoted_its_part_but_not_less_than_the_model_that_is_tested_at_the_end() -> None:
    whole = footprint_of({"method": "full"}, sharding="none")
    logits = whole.fixed - 16 * BASE.parameters
    assert footprint_of({"method": "full"}).fixed == 8 * BASE.parameters + logits
    assert footprint_of({"method": "full"}, slots=8).fixed == 8 * BASE.parameters + logits
    with_average = {"ema": {"decay": 0.9}}
    assert footprint_of({"method": "full"}, **with_average).fixed == 10 * BASE.parameters + logits
    assert footprint_of({"method": "full"}).per_example == whole.per_example


def test_adapters_are_quoted_the_fixed_weights_at_the_least() -> None:
    whole, part = (footprint_of({"rank": 256}, sharding=sharding) for sharding in ("none", "full"))
    logits = whole.fixed - 4 * BASE.parameters - 16 * 256 * BASE.features
    assert part.fixed == 4 * BASE.parameters + logits
