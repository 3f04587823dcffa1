"""What the convolutional networks for images have in common: their stems and what they refuse."""

from torch import nn

from trainyard_engine.architectures.context import BuildContext
from trainyard_engine.faults import EngineFault

SMALL_SIDE = 64
"""``stem`` auto is small for images whose shorter side has at most this many pixels."""


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


def has_small_stem(stem: str, context: BuildContext) -> bool:
    """What ``stem``, a ``trainyard_spec.architectures.stem.Stem``, comes to for these images."""
    _, height, width = context.input_shape
    return stem == "small" or (stem == "auto" and min(height, width) <= SMALL_SIDE)


def require_side(context: BuildContext, least: int) -> None:
    """Raises ``EngineFault`` for images with a side of less than ``least`` pixels, which would shrink to nothing."""
    _, height, width = context.input_shape
    if min(height, width) < least:
        raise EngineFault(
            f"The network divides height and width by {least}, and the images have {height}×{width} pixels.",
            code="image_too_small",
            hint=f"Compile the dataset with an image_size of {least} or more, or choose cnn.",
            field="architecture",
        )
