"""What a spec is said to take of memory, against the networks that are built of it."""

from typing import Any

import pytest
import torch

from tests.support.architecture_matrix import TINY
from tests.support.compiled import make_spec
from tests.support.profiles import PENGUINS
from trainyard_engine.models import BUILDERS, BuildContext, parameters_of
from trainyard_spec.datasets import (
    AnyProfile,
    DatasetSummary,
    ImageProfile,
    InteractionProfile,
    NumericColumn,
    SeriesProfile,
)
from trainyard_spec.footprint import COUNTED, footprint
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import parse_training_spec

SERIES = SeriesProfile(
    target="y", time="t", channels=(NumericColumn(name="y", missing=0),), steps=1_000, shortest=50, longest=50
)
INTERACTIONS = InteractionProfile(user="u", item="i", users=5_000, items=300)
TABLE = DatasetSummary.model_validate(PENGUINS).profile
PHOTOGRAPHS = ImageProfile(channels=3, height=128, width=128, resized=0)
CASES: dict[str, tuple[str, AnyProfile, BuildContext, dict[str, Any]]] = {
    "mlp": ("tabular_classification", TABLE, BuildContext((7,), 3, 0.0), {"hidden": [4_096, 2_048]}),
    "text_pool": ("text_classification", TABLE, BuildContext((64,), 3, 0.0, vocabulary=20), {"hidden": [8_192, 512]}),
    "rnn": ("sequence_classification", SERIES, BuildContext((50, 1), 3, 0.0), {"hidden": 1_024, "num_layers": 3}),
    "transformer": (
        "sequence_classification",
        SERIES,
        BuildContext((50, 1), 3, 0.0),
        {"d_model": 512, "num_layers": 4, "d_ff": 2_048},
    ),
    **{
        name: ("image_classification", PHOTOGRAPHS, BuildContext((3, 128, 128), 10, 0.0), sizes)
        for name, sizes in {
            "cnn": {"channels": [64, 128, 256], "hidden": [2_048]},
            "resnet": {"depth": 50, "width": 128},
            "vgg": {"depth": 19, "width": 64},
            "mobilenet": {"width": 4},
            "densenet": {"growth": 64, "blocks": [6, 12, 24, 16]},
            "vit": {"d_model": 768, "num_layers": 6, "num_heads": 12},
        }.items()
    },
    "tcn": ("sequence_classification", SERIES, BuildContext((50, 1), 3, 0.0), {"channels": [512, 512, 768]}),
    "gpt": (
        "language_modelling",
        TABLE,
        BuildContext((256,), 99, 0.0, vocabulary=99),
        {"d_model": 512, "num_layers": 4},
    ),
    "matrix_factorization": (
        "recommendation",
        INTERACTIONS,
        BuildContext((2,), 1, 0.0, users=5_000, items=300),
        {"factors": 256},
    ),
    "two_tower": (
        "recommendation",
        INTERACTIONS,
        BuildContext((2,), 1, 0.0, users=5_000, items=300),
        {"embedding": 256, "hidden": [2_048]},
    ),
}


def spec_of(task: str, architecture: dict[str, Any], **training: Any) -> TrainingSpec:
    return parse_training_spec(make_spec(task, architecture, **training))


def test_there_is_a_case_of_each() -> None:
    assert CASES.keys() == COUNTED.keys()


@pytest.mark.parametrize("name", CASES)
def test_it_is_never_more_than_is_built_and_nearly_all_of_a_large_network(name: str) -> None:
    task, profile, context, large = CASES[name]
    for sizes, share in [*((tiny, 0.0) for tiny in TINY[name]), (large, 0.9)]:
        spec = spec_of(task, {"name": name, **sizes}, optimizer={"name": "sgd", "lr": 0.1})
        with torch.device("meta"):
            parameters = parameters_of(BUILDERS[name](spec.architecture, context))
        counted = footprint(spec, profile)
        assert counted is not None
        assert share * parameters <= counted.fixed / 12 <= parameters  # weights, gradients and momentum of 4 bytes


def test_batches_and_optimizers_count() -> None:
    spec = spec_of("tabular_classification", {"name": "mlp", "hidden": [1_000]}, optimizer={"name": "adamw"})
    counted = footprint(spec, TABLE)
    assert counted is not None
    assert counted.fixed == 4 * 4 * 2_000
    assert counted.with_batch(64) - counted.fixed == 64 * 4 * 1_002


@pytest.mark.parametrize(("side", "sizes"), [(28, {}), (32, {"d_model": 48}), (7, {}), (36, {"patch_size": 6})])
def test_convolutions_before_patches_are_counted(side: int, sizes: dict[str, Any]) -> None:
    spec = spec_of("image_classification", {"name": "vit", "stem": "convolutional", **sizes})
    counted = footprint(spec, ImageProfile(channels=3, height=side, width=side, resized=0))
    with torch.device("meta"):
        parameters = parameters_of(BUILDERS["vit"](spec.architecture, BuildContext((3, side, side), 10, 0.0)))
    assert counted is not None
    assert 0.97 * parameters <= counted.fixed / 16 <= parameters  # and two moments


@pytest.mark.parametrize("name", ["cnn", "resnet", "vgg", "mobilenet", "densenet", "vit"])
@pytest.mark.parametrize("side", [32, 100, 128])
def test_activations_of_images_are_kept_for_their_gradients(name: str, side: int) -> None:
    sizes = {"vit": {"patch_size": 4, "d_model": 24, "num_layers": 3}}.get(name, {})
    spec = spec_of("image_classification", {"name": name, **sizes})
    profile = ImageProfile(channels=3, height=side, width=side, resized=0)
    counted = footprint(spec, profile)
    assert counted is not None
    network = BUILDERS[name](spec.architecture, BuildContext((3, side, side), 10, 0.0))
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = network(torch.randn(2, 3, side, side, requires_grad=True))
    weights = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    saved = sum(size for place, size in kept.items() if place not in weights)
    assert outputs.requires_grad
    assert 0.1 * saved <= 2 * counted.per_example <= saved


def test_what_is_not_counted_is_not_judged() -> None:
    assert footprint(spec_of("translation", {"name": "seq2seq"}), TABLE) is None
