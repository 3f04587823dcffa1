"""The networks of the catalogue: shapes, sizes, options, and the data they refuse."""

import pytest
import torch
from torch import nn

from tests.support.compiled import make_spec
from trainyard_engine.models import BUILDERS, BuildContext, build_model, parameters_of
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.architectures.cnn import CnnConfig
from trainyard_spec.architectures.mlp import MlpConfig
from trainyard_spec.image_rules import image_violations
from trainyard_spec.validation import parse_training_spec

IMAGES = BuildContext(input_shape=(3, 13, 9), outputs=5, dropout=0.0)
TABLE = BuildContext(input_shape=(7,), outputs=5, dropout=0.0)


def test_every_entry_of_the_catalogue_can_be_built() -> None:
    assert BUILDERS.keys() == ARCHITECTURES.keys()


@pytest.mark.parametrize("context", [IMAGES, TABLE])
def test_mlp_has_the_parameters_of_its_layers(context: BuildContext) -> None:
    inputs = 351 if context is IMAGES else 7
    model = BUILDERS["mlp"](MlpConfig(hidden=(6, 4)), context)
    assert parameters_of(model) == (inputs + 1) * 6 + 7 * 4 + 5 * 5
    assert model(torch.ones(2, *context.input_shape)).shape == (2, 5)


def test_mlp_without_hidden_layers_is_linear() -> None:
    model = BUILDERS["mlp"](MlpConfig(hidden=()), TABLE)
    x, y = torch.randn(2, 4, 7)
    torch.testing.assert_close(model(x + y) + model(torch.zeros(4, 7)), model(x) + model(y))


@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
def test_cnn_keeps_the_size_in_convolutions_and_halves_it_in_pools(pool: str, kernel_size: int) -> None:
    config = CnnConfig.model_validate({"channels": [4, 6], "hidden": [8], "pool": pool, "kernel_size": kernel_size})
    model = BUILDERS["cnn"](config, IMAGES)
    area = kernel_size**2
    head = 6 * (13 // 4) * (9 // 4)
    assert parameters_of(model) == (3 * area + 1) * 4 + (4 * area + 1) * 6 + (head + 1) * 8 + 9 * 5
    assert model(torch.ones(2, 3, 13, 9)).shape == (2, 5)
    kind = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}[pool]
    assert sum(isinstance(layer, kind) for layer in model.modules()) == 2


@pytest.mark.parametrize(
    ("activation", "layer"), [("relu", nn.ReLU), ("gelu", nn.GELU), ("silu", nn.SiLU), ("tanh", nn.Tanh)]
)
@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_the_activation_is_the_one_asked_for(name: str, activation: str, layer: type[nn.Module]) -> None:
    model = BUILDERS[name](ARCHITECTURES[name].model_validate({"activation": activation}), IMAGES)
    assert any(isinstance(part, layer) for part in model.modules())


@pytest.mark.parametrize(
    ("name", "norm", "layer"),
    [("mlp", "batch", nn.BatchNorm1d), ("mlp", "layer", nn.LayerNorm), ("cnn", "batch", nn.BatchNorm2d)],
)
def test_the_norm_is_the_one_asked_for(name: str, norm: str, layer: type[nn.Module]) -> None:
    with_norm = BUILDERS[name](ARCHITECTURES[name].model_validate({"norm": norm}), IMAGES)
    without = BUILDERS[name](ARCHITECTURES[name].model_validate({}), IMAGES)
    assert any(isinstance(part, layer) for part in with_norm.modules())
    assert not any(isinstance(part, layer) for part in without.modules())


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_dropout_acts_in_training_alone(name: str) -> None:
    context = BuildContext(input_shape=(1, 8, 8), outputs=3, dropout=0.5)
    model = BUILDERS[name](ARCHITECTURES[name].model_validate({}), context)
    x = torch.randn(4, 1, 8, 8)
    assert not torch.equal(model.train()(x), model(x))
    assert torch.equal(model.eval()(x), model(x))


def test_images_too_small_for_the_blocks_are_refused_with_the_way_out() -> None:
    [violation] = image_violations(CnnConfig(channels=(2, 2, 2, 2)), height=13, width=9)
    assert "Images of 13×9 pixels can be halved 3 times, but the network has 4 blocks" in violation.message
    assert violation.field == "architecture.channels"
    assert "at most 3 entries" in violation.hint
    assert not [*image_violations(CnnConfig(channels=(2, 2, 2)), height=13, width=9)]
    BUILDERS["cnn"](CnnConfig(channels=(2, 2, 2)), IMAGES)


def built(init: str, seed: int = 0) -> nn.Module:
    architecture = {"name": "mlp", "hidden": [400, 300]}
    spec = parse_training_spec(make_spec("tabular_classification", architecture, init=init, seed=seed))
    return build_model(spec, BuildContext(input_shape=(200,), outputs=5, dropout=0.0))


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("default", 1 / (3 * 400)),
        ("he", 2 / 400),
        ("he_normal", 2 / 400),
        ("he_uniform", 2 / 400),
        ("xavier", 2 / (400 + 300)),
        ("xavier_uniform", 2 / (400 + 300)),
        ("xavier_normal", 2 / (400 + 300)),
        ("orthogonal", 1 / 400),
    ],
)
def test_first_weights_have_the_variance_of_their_formula(init: str, variance: float) -> None:
    layer = [part for part in built(init).modules() if isinstance(part, nn.Linear)][1]
    assert layer.weight.var().item() == pytest.approx(variance, rel=0.03)
    assert bool((layer.bias == 0).all()) == (init != "default")


def test_first_weights_are_a_function_of_the_seed() -> None:
    first, again, other = (built("default", seed).state_dict()["1.weight"] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(("kind", "is_bounded"), [("uniform", True), ("normal", False)])
@pytest.mark.parametrize("name", ["he", "xavier"])
def test_uniform_weights_have_a_bound_and_normal_ones_do_not(name: str, kind: str, is_bounded: bool) -> None:
    weight = [part for part in built(f"{name}_{kind}").modules() if isinstance(part, nn.Linear)][1].weight
    assert bool(weight.abs().max() <= weight.std() * 3**0.5 * 1.05) == is_bounded


def test_orthogonal_rows_are_orthonormal() -> None:
    weight = [part for part in built("orthogonal").modules() if isinstance(part, nn.Linear)][1].weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(300), rtol=0, atol=1e-5)
