"""``cnn``: convolution and pooling blocks with a dense head."""

import math

from torch import nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.dense import ACTIVATIONS, dense
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.cnn import CnnConfig

POOLS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


@architecture("cnn")
def build(config: CnnConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    A block is a convolution, the norm, the activation and a pooling that halves height and width (an odd last row or
    column is dropped). Dropout precedes every dense layer.
    """
    channels, *image = context.input_shape
    layers: list[nn.Module] = []
    for filters in config.channels:
        layers += _block(config, channels, filters)
        channels, image = filters, [config.side_after(side) for side in image]
    head: list[nn.Module] = [nn.Flatten()]
    features = channels * math.prod(image)
    if context.dropout:
        head.append(nn.Dropout(context.dropout))
    for units in config.hidden:
        head += dense(features, units, activation=config.activation, norm="none", dropout=context.dropout)
        features = units
    return nn.Sequential(*layers, *head, nn.Linear(features, context.outputs))


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
