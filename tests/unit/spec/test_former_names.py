"""Deprecated names of fields: specs that earlier releases stored or that scripts still send are read as what they were.

The names of trainings are those that the sources of 06555d6 gave; checkpoints of half-done jobs hold them.
"""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.compiled import make_spec
from trainyard_engine.core.training_names import training_name
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.training import TrainingSpec, spec_with_names_of_today
from trainyard_spec.validation import InvalidSpec, parse_training_spec

BEGUN = [
    (
        "text_classification",
        {"name": "transformer"},
        "3bd16e32b941902db149fef737778dadd3d296d797e3827c320657eb6d25bbdb",
    ),
    (
        "text_classification",
        {"name": "transformer", "width": 64, "heads": 2, "layers": 3, "feedforward": 100},
        "4196aef4fad6e88233a8f7463f7efa885b0116d42a6e382e6174018b3a7225d9",
    ),
    (
        "sequence_classification",
        {"name": "transformer", "width": 128, "layers": 2, "heads": 4, "feedforward": 512},
        "87c69390b49d113aec941e36627f3da3e4e7df4a4abdb2d29a7ba2af8afdfa37",
    ),
    ("image_classification", {"name": "vit"}, "b8fa1c036801817a723264251fadd210dd495c99d36844c38299552f596e980d"),
    (
        "image_classification",
        {"name": "vit", "dim": 64, "depth": 2, "heads": 4, "mlp_ratio": 2},
        "5f9a52cc035f67f037f6643589529361610d11ad0c22aef0342c8d57f2d84bc4",
    ),
    (
        "image_classification",
        {"name": "vit", "dim": 96, "mlp_ratio": 4},
        "20b86261f6cac4b6afe832bcc81929e4fc990308d4179aeb080976fddd99a07d",
    ),
    ("language_modelling", {"name": "gpt"}, "9bf27c90a228179b553db586a0a3cc46f736f21ccf4d744c7630a4e5de426ca6"),
    (
        "language_modelling",
        {"name": "gpt", "width": 64, "heads": 2, "layers": 2},
        "ee3944bdade89e21589a7d65299a9d1a04941c418f9bcb325f8880ce5c48a2f1",
    ),
    ("translation", {"name": "seq2seq"}, "6d6e9b8df62f4a1fa0287210aa74cbc616eaac90fd1d60a6048e39ab69fa8bbe"),
    (
        "translation",
        {"name": "seq2seq", "variant": "lstm", "width": 64, "layers": 1},
        "d8603ebc404c51f6a26be40affe724ec28386a09d6c4269a3f7c62a89573360a",
    ),
    (
        "translation",
        {"name": "seq2seq", "width": 64, "heads": 8, "layers": 3},
        "a749dc95f0848894f5f95de0ea73fb30b7ff26d4f423e339ef9a0f5cf1c8e32b",
    ),
    (
        "text_classification",
        {"name": "rnn", "layers": 2},
        "5105e4d17f1c093aeb955ee5d40511ebcd7dd11913171b3673ef5fdcfe3ff0e7",
    ),
    (
        "audio_classification",
        {"name": "speech_rnn", "layers": 1},
        "b953a69e84268bc2702c0a0f258ba56feffd954ba4ca1cdfe8980a33ba48b418",
    ),
]
"""Task, architecture as it was stated, and the name of the training."""
TODAY = {
    "transformer": {"d_model": 64, "num_heads": 2, "num_layers": 3, "d_ff": 100},
    "gpt": {"d_model": 64, "num_heads": 2, "num_layers": 2},
    "seq2seq": {"d_model": 64, "num_heads": 8, "num_layers": 3},
    "vit": {"d_model": 64, "num_layers": 2, "num_heads": 4, "d_ff": 128},
    "rnn": {"num_layers": 2},
    "speech_rnn": {"num_layers": 1},
}
FORMER = {
    "transformer": {"width": 64, "heads": 2, "layers": 3, "feedforward": 100},
    "gpt": {"width": 64, "heads": 2, "layers": 2},
    "seq2seq": {"width": 64, "heads": 8, "layers": 3},
    "vit": {"dim": 64, "depth": 2, "heads": 4, "mlp_ratio": 2},
    "rnn": {"layers": 2},
    "speech_rnn": {"layers": 1},
}


def spec_of(architecture: str, fields: dict[str, Any], **training: Any) -> TrainingSpec:
    task = ARCHITECTURES[architecture].tasks[0]
    return parse_training_spec(make_spec(task, {"name": architecture, **fields}, **training))


@pytest.mark.parametrize(("task", "architecture", "name"), BEGUN)
def test_a_training_that_an_earlier_release_began_keeps_its_name(
    task: str, architecture: dict[str, Any], name: str
) -> None:
    spec = parse_training_spec(make_spec(task, architecture, checkpoint={"every_steps": 50, "keep": 5}))
    assert training_name(spec, SimpleNamespace(sha256="d" * 64)) == name  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", TODAY)
def test_a_former_name_is_the_field_of_today(architecture: str) -> None:
    today = spec_of(architecture, TODAY[architecture])
    assert spec_of(architecture, FORMER[architecture]) == today
    assert today.architecture.model_dump(include=set(TODAY[architecture])) == TODAY[architecture]


def test_every_architecture_with_former_names_is_tried() -> None:
    assert FORMER.keys() == {name for name, config in ARCHITECTURES.items() if config.former_names}


@pytest.mark.parametrize("name", ["keep", "max_to_keep"])
def test_checkpoints_are_kept_by_either_name(name: str) -> None:
    spec = spec_of("mlp", {}, checkpoint={name: 7})
    assert spec.training.checkpoint.max_to_keep == 7
    assert "keep" not in spec.training.checkpoint.model_dump()


@pytest.mark.parametrize(("architecture", "fields", "field"), [
    ("gpt", {"width": 64, "d_model": 64}, "architecture.width"),
    ("vit", {"mlp_ratio": 2, "d_ff": 384}, "architecture.mlp_ratio"),
    ("vit", {"mlp_ratio": "two"}, "architecture.mlp_ratio"),
    ("vit", {"mlp_ratio": 17}, "architecture.mlp_ratio"),
    ("rnn", {"layers": 0}, "architecture.num_layers"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_its_field(architecture: str, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        spec_of(architecture, fields)
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("architecture", TODAY)
def test_a_stored_spec_is_shown_by_the_names_of_today(architecture: str) -> None:
    today = spec_of(architecture, TODAY[architecture], checkpoint={"max_to_keep": 3}).model_dump(mode="json")
    stored = {
        **today,
        "architecture": {"name": architecture, **FORMER[architecture]},
        "training": {**today["training"], "checkpoint": {"every_steps": 200, "keep": 3}},
    }
    assert spec_with_names_of_today(stored) == today
    assert spec_with_names_of_today(today) == today


def test_a_feed_forward_dimension_that_no_ratio_made_is_a_training_of_its_own() -> None:
    names = [
        training_name(spec_of("vit", fields), SimpleNamespace(sha256="d" * 64))  # type: ignore[arg-type]
        for fields in ({}, {"d_ff": 768}, {"d_ff": 384}, {"d_ff": 100})
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 3
