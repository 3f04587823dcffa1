"""``cnn``: convolution and pooling blocks with a dense head."""

import math
from collections.abc import Sequence

from torch import nn

from trainyard_engine.architectures.context import BuildContext
from trainyard_engine.architectures.layers import ACTIVATIONS, dense
from trainyard_engine.faults import EngineFault
from trainyard_spec.architectures import CnnConfig

POOLS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


def build(config: CnnConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    A block is a convolution, the norm, the activation and a pooling that halves height and width (an odd last row or
    column is dropped). Dropout precedes every dense layer.
    Raises ``EngineFault`` for images too small for the number of blocks.
    """
    channels, *image = context.input_shape
    sizes = [image]
    for _ in config.channels:
        sizes.append([_side_after(config, side) for side in sizes[-1]])
    if min(sizes[-1]) < 1:
        raise _too_small(config, sizes)
    layers: list[nn.Module] = []
    for filters in config.channels:
        layers += _block(config, channels, filters)
        channels = filters
    head: list[nn.Module] = [nn.Flatten()]
    features = channels * math.prod(sizes[-1])
    if context.dropout:
        head.append(nn.Dropout(context.dropout))
    for units in config.hidden:
        head += dense(features, units, activation=config.activation, norm="none", dropout=context.dropout)
        features = units
    return nn.Sequential(*layers, *head, nn.Linear(features, context.outputs))


def _side_after(config: CnnConfig, side: int) -> int:
    """Pixels of a block's output along a side of its input."""
    return max(side - _lost(config), 0) // 2


def _lost(config: CnnConfig) -> int:
    """Pixels that a convolution takes off each side."""
    return config.kernel_size - 1 if config.padding == "valid" else 0


def _too_small(config: CnnConfig, sizes: Sequence[Sequence[int]]) -> EngineFault:
    height, width = sizes[0]
    most = sum(min(size) >= 1 for size in sizes[1:])
    each = f"lose {_lost(config)} pixels and be halved" if _lost(config) else "be halved"
    fewer = [f"Give architecture.channels at most {most} entries"] if most else []
    same = ["set architecture.padding to same"] if config.padding == "valid" else []
    hint = ", or ".join([*fewer, *same, "compile the dataset with a larger image_size"])
    return EngineFault(
        f"Images of {height}×{width} pixels can {each} {most} times, but the network has {len(sizes) - 1} blocks.",
        code="image_too_small",
        hint=f"{hint[0].upper()}{hint[1:]}.",
        field="architecture.channels",
    )


def _block(config: CnnConfig, inputs: int, outputs: int) -> list[nn.Module]:
    has_norm = config.norm == "batch"
    padding = 0 if config.padding == "valid" else config.kernel_size // 2
    layers: list[nn.Module] = [
        # The norm's own shift takes the place of a bias.
        nn.Conv2d(inputs, outputs, config.kernel_size, padding=padding, bias=not has_norm)
    ]
    if has_norm:
        layers.append(nn.BatchNorm2d(outputs))
    return [*layers, ACTIVATIONS[config.activation](), POOLS[config.pool](2)]
