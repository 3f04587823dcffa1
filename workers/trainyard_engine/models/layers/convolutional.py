"""Blocks that the convolutional networks for images share."""

from torch import nn

from trainyard_engine.models.context import BuildContext
from trainyard_spec.architectures.stem import Stem, is_small


def conv_norm(inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size but for its stride, and batch normalization: whose shift is the bias."""
    return [
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]


def pooled_head(features: int, context: BuildContext) -> list[nn.Module]:
    """Mean over height and width, dropout, dense: (batch, features, height, width) to (batch, outputs)."""
    layers: list[nn.Module] = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if context.dropout:
        layers.append(nn.Dropout(context.dropout))
    return [*layers, nn.Linear(features, context.outputs)]


def has_small_stem(stem: Stem, context: BuildContext) -> bool:
    """What ``stem`` comes to for these images."""
    _, height, width = context.input_shape
    return is_small(stem, height=height, width=width)
