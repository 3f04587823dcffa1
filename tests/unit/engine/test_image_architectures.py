"""The networks for images: published sizes, shapes, what they refuse, and that each resumes to the same bits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.support.compiled import make_spec, small_images
from tests.support.trainings import train_here
from trainyard_engine.models import BUILDERS, BuildContext, parameters_of
from trainyard_engine.models.mobilenet import scaled
from trainyard_engine.models.vit import VitBlock
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.architectures.vit import VitConfig
from trainyard_spec.base import RuleViolation
from trainyard_spec.datasets import ImageProfile
from trainyard_spec.image_rules import image_violations
from trainyard_spec.resolution import resolve_training
from trainyard_spec.validation import InvalidSpec, parse_training_spec

IMAGENET = ((3, 224, 224), 1000)
CIFAR = ((3, 32, 32), 10)

PUBLISHED = [
    ("resnet", {}, CIFAR, 11_173_962),
    ("resnet", {"depth": 18}, IMAGENET, 11_689_512),
    ("resnet", {"depth": 34}, IMAGENET, 21_797_672),
    ("resnet", {"depth": 50}, IMAGENET, 25_557_032),
    ("vgg", {"depth": 11, "hidden": [4096, 4096]}, IMAGENET, 132_868_840),
    ("vgg", {"depth": 13, "hidden": [4096, 4096]}, IMAGENET, 133_053_736),
    ("vgg", {"depth": 16, "hidden": [4096, 4096]}, IMAGENET, 138_365_992),
    ("vgg", {"depth": 19, "hidden": [4096, 4096]}, IMAGENET, 143_678_248),
    ("vgg", {"depth": 16}, CIFAR, 14_728_266),
    ("mobilenet", {}, IMAGENET, 3_504_872),
    ("mobilenet", {"width": 0.5}, IMAGENET, 1_968_680),
    ("mobilenet", {"width": 1.4}, IMAGENET, 6_108_776),
    ("densenet", {"growth": 32}, IMAGENET, 7_978_856),
    ("densenet", {"growth": 12, "blocks": [16, 16, 16]}, CIFAR, 769_162),
    ("vit", {"patch_size": 16, "d_model": 192, "num_layers": 12, "num_heads": 3}, IMAGENET, 5_717_416),
    ("vit", {"patch_size": 16, "d_model": 768, "num_layers": 12, "num_heads": 12}, IMAGENET, 86_567_656),
]

TINY: dict[str, dict[str, Any]] = {
    "resnet": {"name": "resnet", "width": 2},
    "resnet-bottleneck": {"name": "resnet", "depth": 50, "width": 2},
    "vgg": {"name": "vgg", "width": 2, "hidden": [4]},
    "mobilenet": {"name": "mobilenet", "width": 0.1},
    "densenet": {"name": "densenet", "growth": 2, "blocks": [1, 2, 1]},
    "vit": {"name": "vit", "patch_size": 8, "d_model": 8, "num_layers": 2, "num_heads": 2},
}


def build(architecture: dict[str, Any], shape: tuple[int, ...], **options: Any) -> nn.Module:
    config = ARCHITECTURES[architecture["name"]].model_validate(architecture)
    context = BuildContext(input_shape=shape, outputs=5, dropout=0.0)
    return BUILDERS[config.name](config, replace(context, **options))


def violations_of(architecture: dict[str, Any], *, height: int, width: int) -> list[RuleViolation]:
    config = ARCHITECTURES[architecture["name"]].model_validate(architecture)
    return list(image_violations(config, height=height, width=width))


@pytest.mark.parametrize(("name", "options", "data", "expected"), PUBLISHED, ids=str)
def test_the_parameter_count_is_the_published_one(
    name: str, options: dict[str, Any], data: tuple[tuple[int, ...], int], expected: int
) -> None:
    shape, outputs = data
    with torch.device("meta"):
        assert parameters_of(build({"name": name, **options}, shape, outputs=outputs)) == expected


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 72, 80)], ids=["small", "large"])
@pytest.mark.parametrize("name", TINY)
def test_images_become_one_output_per_class(name: str, shape: tuple[int, ...]) -> None:
    with torch.device("meta"):
        assert build(TINY[name], shape)(torch.empty(2, *shape)).shape == (2, 5)


@pytest.mark.parametrize("name", ["resnet", "mobilenet", "densenet"])
def test_the_small_stem_leaves_out_two_halvings(name: str) -> None:
    def last_side(stem: str, side: int) -> int:
        with torch.device("meta"):
            network = build(TINY[name] | {"stem": stem}, (3, side, side))
            assert isinstance(network, nn.Sequential)
            return int(network[:-3](torch.empty(2, 3, side, side)).shape[2])

    assert last_side("small", 64) == last_side("auto", 64) == 4 * last_side("large", 64)
    assert last_side("auto", 96) == last_side("large", 96)


@pytest.mark.parametrize("name", TINY)
def test_dropout_acts_in_training_alone(name: str) -> None:
    network = build(TINY[name], (1, 32, 32), dropout=0.5).eval()
    x = torch.randn(4, 1, 32, 32)
    assert torch.equal(network(x), network(x))
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.train()
    assert not torch.equal(network(x), network(x))


def test_mobilenet_rounds_channels_to_eights_and_loses_at_most_a_tenth() -> None:
    assert [scaled(channels, 0.75) for channels in (8, 16, 24, 32, 320)] == [8, 16, 24, 24, 240]
    assert all(scaled(channels, factor / 10) >= 0.09 * channels * factor for channels in (16, 24) for factor in (3, 7))


def test_a_vit_block_is_torchs_pre_norm_encoder_layer() -> None:
    torch.manual_seed(0)
    ours = VitBlock(VitConfig(dim=12, heads=3, mlp_ratio=2), dropout=0.0)
    theirs = nn.TransformerEncoderLayer(
        12, 3, 24, dropout=0.0, activation="gelu", layer_norm_eps=1e-6, batch_first=True, norm_first=True
    )
    # Both hold norm, attention, norm, mlp; the reference lists its two norms last.
    order = ("self_attn.in_proj", "self_attn.out_proj", "linear1", "linear2", "norm1", "norm2")
    names = ("attention.1.queries_keys_values", "attention.1.output", "mlp.1", "mlp.4", "attention.0", "mlp.0")
    state = ours.state_dict()
    joints = {name: "_" if name.endswith("in_proj") else "." for name in order}
    theirs.load_state_dict(
        {f"{their}{joints[their]}{kind}": state[f"{our}.{kind}"] for their, our in zip(order, names, strict=True)
         for kind in ("weight", "bias")}
    )  # fmt: skip
    x = torch.randn(4, 7, 12)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("architecture", "side", "least"),
    [
        ({"name": "resnet"}, 7, 8),
        ({"name": "resnet", "stem": "large"}, 31, 32),
        ({"name": "vgg"}, 28, 32),
        ({"name": "mobilenet"}, 7, 8),
        ({"name": "densenet"}, 7, 8),
        ({"name": "densenet", "stem": "large", "blocks": [1, 1]}, 7, 8),
    ],
    ids=str,
)
def test_images_that_would_shrink_to_nothing_are_refused(architecture: dict[str, Any], side: int, least: int) -> None:
    [violation] = violations_of(architecture, height=40, width=side)
    assert f"by {least}, and the images have 40×{side} pixels" in violation.message
    assert (violation.code, violation.field) == ("image_too_small", "architecture")
    assert f"image_size of {least}" in violation.hint
    assert not violations_of(architecture, height=40, width=least)
    with torch.device("meta"):
        build(architecture, (1, 40, least))


def test_patches_that_do_not_fit_are_refused_with_those_that_do() -> None:
    [violation] = violations_of({"name": "vit", "patch_size": 4}, height=12, width=18)
    assert "12×18 pixels cannot be cut into whole patches of 4×4" in violation.message
    assert (violation.code, violation.field) == ("patch_does_not_fit", "architecture.patch_size")
    assert violation.hint == "Patch sizes that fit: 1, 2, 3, 6."


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 12, 18), (3, 32, 32), (3, 224, 224)], ids=str)
def test_patches_that_nobody_states_are_the_resolved_ones(shape: tuple[int, ...]) -> None:
    channels, height, width = shape
    spec = parse_training_spec(make_spec("image_classification", {"name": "vit"}))
    profile = ImageProfile(channels=channels, height=height, width=width, resized=0)
    resolved = resolve_training(spec, examples=100, profile=profile)
    said = {"name": "vit", "patch_size": resolved.patch_size, "stem": resolved.stem}
    with torch.device("meta"):
        ours, stated = build({"name": "vit"}, shape), build(said, shape)
        assert {name: weight.shape for name, weight in ours.state_dict().items()} == {
            name: weight.shape for name, weight in stated.state_dict().items()
        }
        assert ours(torch.empty(2, *shape)).shape == (2, 5)


def test_images_that_only_too_many_patches_fit_are_refused() -> None:
    [violation] = violations_of({"name": "vit"}, height=127, width=131)
    assert "127×131 pixels cannot be cut into at most 1,024 whole patches" in violation.message
    assert (violation.code, violation.field) == ("patch_does_not_fit", "architecture.patch_size")
    with torch.device("meta"):
        build({"name": "vit", "patch_size": 1}, (1, 127, 131))


def test_heads_that_cannot_share_the_dim_are_refused_by_the_spec() -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_training_spec(make_spec("image_classification", {"name": "vit", "d_model": 10, "num_heads": 4}))
    assert caught.value.problems[0].field == "architecture.num_heads"
    assert caught.value.problems[0].message == "Attention heads must divide d_model, and 4 does not divide 10."


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_images(tmp_path_factory.mktemp("images"), rows=50, size=32)


@pytest.mark.parametrize("name", TINY)
def test_it_learns(name: str, images: Path, tmp_path: Path) -> None:
    options = {"regularization": {"dropout": 0.1}, "augment": [{"name": "flip"}], "epochs": 4}
    spec = make_spec("image_classification", TINY[name], optimizer={"name": "adamw", "lr": 0.01}, **options)
    losses = [
        loss for line in train_here(spec, images, tmp_path) for loss in line.get("values", {}).get("train_loss", ())
    ]
    assert sum(losses[-3:]) < sum(losses[:3])
