"""Networks of images: the small one in float64 NumPy, the blocks of the others written out by torch's functions."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from trainyard_engine.modalities.audio.encode import Frames
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.models.densenet import DenseLayer
from trainyard_engine.models.mobilenet import InvertedResidual
from trainyard_engine.models.resnet import Residual
from trainyard_engine.models.speech_rnn import ConvSubsampling
from trainyard_spec.architectures.cnn import CnnConfig
from trainyard_spec.architectures.resnet import ResnetConfig

Array = npt.NDArray[np.float64]


def convolved(images: Array, kernels: Array, bias: Array) -> Array:
    """Cross-correlation with zeros around: (batch, in, height, width) and (out, in, side, side) to (batch, out, …)."""
    side = kernels.shape[2]
    padded = np.pad(images, ((0, 0), (0, 0), (side // 2,) * 2, (side // 2,) * 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(2, 3))
    return np.asarray(np.einsum("bchwij,ocij->bohw", windows, kernels) + bias[:, None, None])


def halved(images: Array, pool: str) -> Array:
    """Of every 2 × 2 values the greatest or the mean; an odd last row or column is left out."""
    batch, channels, height, width = images.shape
    even = images[:, :, : height // 2 * 2, : width // 2 * 2]
    blocks = even.reshape(batch, channels, height // 2, 2, width // 2, 2)
    return np.asarray(blocks.max(axis=(3, 5)) if pool == "max" else blocks.mean(axis=(3, 5)))


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
@pytest.mark.parametrize("pool", ["max", "average"])
def test_the_cnn_is_its_formula_in_numpy(pool: str, kernel_size: int) -> None:
    config = CnnConfig.model_validate({"channels": [4, 6], "hidden": [8], "pool": pool, "kernel_size": kernel_size})
    model = BUILDERS["cnn"](config, BuildContext(input_shape=(3, 13, 9), outputs=5, dropout=0.0)).double()
    images = torch.randn(2, 3, 13, 9, dtype=torch.float64)
    weights = [parameter.detach().numpy() for parameter in model.parameters()]
    values: Array = images.numpy()
    for kernels, bias in (weights[:2], weights[2:4]):
        values = halved(np.maximum(convolved(values, kernels, bias), 0), pool)
    hidden = np.maximum(values.reshape(2, -1) @ weights[4].T + weights[5], 0)
    np.testing.assert_allclose(model(images).detach().numpy(), hidden @ weights[6].T + weights[7], rtol=1e-10)


def conv_and_norm(x: Tensor, layers: nn.Module, first: int, *, stride: int = 1, groups: int = 1) -> Tensor:
    """Layers ``first`` and the next of a sequence: a convolution, and normalization by the batch's own statistics."""
    convolution, norm = layers.get_submodule(f"{first}"), layers.get_submodule(f"{first + 1}")
    kernels = convolution.get_parameter("weight")
    x = functional.conv2d(x, kernels, stride=stride, padding=kernels.shape[2] // 2, groups=groups)
    mean, variance = x.mean(dim=(0, 2, 3), keepdim=True), x.var(dim=(0, 2, 3), correction=0, keepdim=True)
    scale, shift = (norm.get_parameter(name)[:, None, None] for name in ("weight", "bias"))
    return (x - mean) / (variance + 1e-5).sqrt() * scale + shift


def residuals(depth: int) -> list[Residual]:
    """The first blocks of the first two stages: one without a change of size, one with."""
    config = ResnetConfig.model_validate({"depth": depth, "width": 4})
    model = BUILDERS["resnet"](config, BuildContext(input_shape=(3, 16, 16), outputs=5, dropout=0.0))
    blocks = [block for block in model if isinstance(block, Residual)]  # type: ignore[attr-defined]
    return [blocks[0], next(block for block in blocks[1:] if len(block.shortcut))]


@pytest.mark.parametrize("number", [0, 1])
def test_a_residual_block_is_equation_2_of_the_paper(number: int) -> None:
    block = residuals(18)[number]
    x, stride = torch.randn(3, 4, 8, 8), 1 + number
    inner = conv_and_norm(conv_and_norm(x, block.body, 0, stride=stride).relu(), block.body, 3)
    shortcut = conv_and_norm(x, block.shortcut, 0, stride=stride) if number else x
    torch.testing.assert_close(block(x), (inner + shortcut).relu(), rtol=1e-4, atol=1e-5)


def test_a_bottleneck_narrows_convolves_and_widens() -> None:
    block = residuals(50)[0]
    x = torch.randn(3, 4, 8, 8)
    inner = conv_and_norm(conv_and_norm(x, block.body, 0).relu(), block.body, 3).relu()
    expected = conv_and_norm(inner, block.body, 6) + conv_and_norm(x, block.shortcut, 0)
    torch.testing.assert_close(block(x), expected.relu(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("outputs", "stride"), [(4, 1), (6, 1), (4, 2)])
def test_an_inverted_residual_convolves_each_channel_alone(outputs: int, stride: int) -> None:
    block = InvertedResidual(4, outputs, expansion=6, stride=stride)
    x = torch.randn(3, 4, 8, 8)
    wide = conv_and_norm(x, block.body, 0).clamp(0, 6)
    alone = conv_and_norm(wide, block.body, 3, stride=stride, groups=24).clamp(0, 6)
    narrow = conv_and_norm(alone, block.body, 6)
    expected = x + narrow if (outputs, stride) == (4, 1) else narrow
    torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-5)


def test_a_dense_layer_appends_what_it_finds() -> None:
    layer = DenseLayer(4, 3)
    x = torch.randn(3, 4, 8, 8)
    normed = functional.batch_norm(x, None, None, training=True).relu()
    found = functional.conv2d(
        conv_and_norm(normed, layer.body, 2).relu(), layer.body.get_parameter("5.weight"), padding=1
    )
    torch.testing.assert_close(layer(x), torch.cat((x, found), dim=1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("halvings", [1, 2])
def test_recordings_are_thinned_by_torchs_convolutions(halvings: int) -> None:
    """Each one alone, without the silence that a batch adds."""
    layer = ConvSubsampling(9, 4, halvings=halvings)
    lengths = torch.tensor([12, 7, 1])
    features = torch.randn(3, 12, 9) * (torch.arange(12) < lengths[:, None])[:, :, None]
    thinned = layer(Frames(features, lengths))
    for row, length in enumerate(lengths.tolist()):
        x = features[row : row + 1, None, :length]
        for convolution in layer.convolutions:
            kernels, bias = convolution.get_parameter("weight"), convolution.get_parameter("bias")
            x = functional.conv2d(x, kernels, bias, stride=2, padding=1).relu()
        assert int(thinned.lengths[row]) == x.shape[2]
        torch.testing.assert_close(thinned.features[row, : x.shape[2]], x.transpose(1, 2).flatten(2)[0])
