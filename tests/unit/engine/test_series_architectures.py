"""Networks of series: what they compute is what torch's own layers compute, and padding changes nothing."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from tests.support.compiled import make_spec
from trainyard_engine.modalities.series.steps import PaddedSteps
from trainyard_engine.models import BUILDERS, BuildContext, build_model
from trainyard_engine.models.tcn import CausalConv1d, ResidualBlock
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.architectures.tcn import TcnConfig
from trainyard_spec.validation import parse_training_spec

SERIES = BuildContext(input_shape=(9, 3), outputs=4, dropout=0.0)
LENGTHS = torch.tensor([9, 4, 1, 6])
VARIANTS: list[dict[str, Any]] = [
    *({"name": "tcn", "channels": [5, 5, 6], "norm": norm} for norm in ("weight", "none")),
    {"name": "tcn", "channels": [4], "kernel_size": 2, "pooling": "mean"},
    *({"name": "rnn", "embedding": 4, "hidden": 3, "pooling": pooling} for pooling in ("last", "mean", "attention")),
    {"name": "transformer", "d_model": 8, "num_heads": 2, "d_ff": 12},
    {"name": "transformer", "d_model": 8, "num_heads": 2, "d_ff": 12, "positions": "learned"},
]


def built(architecture: dict[str, Any], context: BuildContext = SERIES) -> nn.Module:
    torch.manual_seed(3)
    config = ARCHITECTURES[architecture["name"]].model_validate(architecture)
    return BUILDERS[architecture["name"]](config, context)


def steps() -> PaddedSteps:
    torch.manual_seed(8)
    return PaddedSteps(values=torch.randn(4, 9, 3), mask=torch.arange(9) < LENGTHS[:, None])


@pytest.mark.parametrize("architecture", VARIANTS, ids=lambda a: "-".join(map(str, a.values())))
def test_a_series_is_judged_the_same_alone_and_beside_longer_ones(architecture: dict[str, Any]) -> None:
    model, inputs = built(architecture).eval(), steps()
    together = model(inputs)
    assert together.shape == (4, 4)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = PaddedSteps(values=inputs.values[row : row + 1, :length], mask=inputs.mask[row : row + 1, :length])
        torch.testing.assert_close(model(alone)[0], together[row])


@pytest.mark.parametrize("architecture", VARIANTS, ids=lambda a: "-".join(map(str, a.values())))
def test_every_parameter_of_a_network_of_series_learns(architecture: dict[str, Any]) -> None:
    model = built(architecture)
    model(steps()).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.any()), name


def test_mlp_reads_all_steps_of_a_window() -> None:
    model, inputs = built({"name": "mlp", "hidden": []}), steps()
    layer = model.get_submodule("1")
    torch.testing.assert_close(model(inputs), layer(inputs.values.reshape(4, 27)))


@pytest.mark.parametrize("dilation", [1, 2, 4])
def test_a_causal_convolution_is_torchs_of_the_past_alone(dilation: int) -> None:
    layer = CausalConv1d(3, 5, 3, dilation=dilation)
    x = torch.randn(2, 3, 12)
    padded = torch.cat((torch.zeros(2, 3, 2 * dilation), x), dim=2)
    torch.testing.assert_close(layer(x), functional.conv1d(padded, layer.weight, layer.bias, dilation=dilation))
    changed = x.clone()
    changed[:, :, 7:] += 1
    assert torch.equal(layer(changed)[:, :, :7], layer(x)[:, :, :7])
    assert not torch.equal(layer(changed)[:, :, 7], layer(x)[:, :, 7])


def test_a_residual_block_is_that_of_the_paper() -> None:
    block = ResidualBlock(3, 5, dilation=2, config=TcnConfig(channels=(5,)), dropout=0.0)
    first, second = (weight_norm(nn.Conv1d(size, 5, 3, dilation=2, padding=4)) for size in (3, 5))
    first.load_state_dict(block.get_submodule("layers.0").state_dict())
    second.load_state_dict(block.get_submodule("layers.3").state_dict())
    x = torch.randn(2, 3, 12)
    inner = functional.relu(second(functional.relu(first(x)[:, :, :12]))[:, :, :12])
    torch.testing.assert_close(block(x), functional.relu(inner + block.get_submodule("shortcut")(x)))


@pytest.mark.parametrize(("blocks", "kernel_size"), [(1, 2), (3, 3), (4, 2)])
def test_tcn_sees_as_far_back_as_it_says(blocks: int, kernel_size: int) -> None:
    sees = 1 + 2 * (kernel_size - 1) * (2**blocks - 1)
    model = built({"name": "tcn", "channels": [4] * blocks, "kernel_size": kernel_size, "norm": "none"}).double()
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.5)  # no ReLU is shut
    values = torch.ones(1, 40, 3, dtype=torch.float64, requires_grad=True)
    model(PaddedSteps(values=values, mask=torch.ones(1, 40, dtype=torch.bool))).sum().backward()
    assert values.grad is not None
    reached = values.grad.abs().sum(dim=(0, 2)).nonzero().flatten()
    assert int(reached[0]) == 40 - sees


@pytest.mark.parametrize("norm", ["weight", "none"])
def test_an_initialization_reaches_convolutions_of_series(norm: str) -> None:
    architecture = {"name": "tcn", "channels": [6], "kernel_size": 2, "norm": norm}
    spec = parse_training_spec(make_spec("time_series_forecasting", architecture, init="orthogonal"))
    kernel = build_model(spec, SERIES).get_submodule("blocks.0.layers.3").weight
    assert isinstance(kernel, torch.Tensor)
    torch.testing.assert_close(kernel.flatten(1) @ kernel.flatten(1).T, torch.eye(6))
