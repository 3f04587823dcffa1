"""``cnn``: convolution and pooling blocks with a dense head."""

from torch import nn

from trainyard_engine.architectures.context import BuildContext
from trainyard_engine.architectures.layers import ACTIVATIONS, dense
from trainyard_engine.faults import EngineFault
from trainyard_spec.architectures import CnnConfig

POOLS: dict[str, type[nn.Module]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


def build(config: CnnConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    A block is a convolution that keeps the size, the norm, the activation and a pooling that halves height and width
    (an odd last row or column is dropped). Dropout precedes every dense layer.
    Raises ``EngineFault`` for images too small for the number of blocks.
    """
    channels, height, width = context.input_shape
    blocks = len(config.channels)
    if min(height, width) >> blocks == 0:
        most = min(height, width).bit_length() - 1
        raise EngineFault(
            f"Images of {height}×{width} pixels can be halved {most} times, but the network has {blocks} blocks.",
            code="image_too_small",
            hint=f"Give architecture.channels at most {most} entries, or compile the dataset with a larger image_size.",
            field="architecture.channels",
        )
    layers: list[nn.Module] = []
    for filters in config.channels:
        layers += _block(config, channels, filters)
        channels = filters
    head: list[nn.Module] = [nn.Flatten()]
    features = channels * (height >> blocks) * (width >> blocks)
    if context.dropout:
        head.append(nn.Dropout(context.dropout))
    for units in config.hidden:
        head += dense(features, units, activation=config.activation, norm="none", dropout=context.dropout)
        features = units
    return nn.Sequential(*layers, *head, nn.Linear(features, context.outputs))


def _block(config: CnnConfig, inputs: int, outputs: int) -> list[nn.Module]:
    has_norm = config.norm == "batch"
    layers: list[nn.Module] = [
        # The norm's own shift takes the place of a bias.
        nn.Conv2d(inputs, outputs, config.kernel_size, padding=config.kernel_size // 2, bias=not has_norm)
    ]
    if has_norm:
        layers.append(nn.BatchNorm2d(outputs))
    return [*layers, ACTIVATIONS[config.activation](), POOLS[config.pool](2)]
