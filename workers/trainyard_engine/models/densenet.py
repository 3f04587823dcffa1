"""``densenet``: Huang et al., "Densely Connected Convolutional Networks" (CVPR 2017), DenseNet-BC."""

import torch
from torch import Tensor, nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.convolutional import conv_norm, has_small_stem, pooled_head
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.densenet import BOTTLENECK, DensenetConfig


class DenseLayer(nn.Module):
    """Appends ``growth`` channels to its input: (batch, inputs, …) to (batch, inputs + growth, …)."""

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *(nn.BatchNorm2d(inputs), nn.ReLU(), *conv_norm(inputs, BOTTLENECK * growth, 1), nn.ReLU()),
            nn.Conv2d(BOTTLENECK * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x, self.body(x)), dim=1)


@architecture("densenet")
def build(config: DensenetConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    The small stem is the paper's for CIFAR, one 3×3 convolution; the large one its 7×7 convolution and pooling for
    ImageNet. Dropout precedes the dense layer.
    """
    small = has_small_stem(config.stem, context)
    channels = 2 * config.growth
    if small:
        layers: list[nn.Module] = [nn.Conv2d(context.input_shape[0], channels, 3, padding=1, bias=False)]
    else:
        layers = [*conv_norm(context.input_shape[0], channels, 7, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    for block, count in enumerate(config.blocks):
        if block:
            layers += _transition(channels)
            channels //= 2
        for _ in range(count):
            layers.append(DenseLayer(channels, config.growth))
            channels += config.growth
    return nn.Sequential(*layers, nn.BatchNorm2d(channels), nn.ReLU(), *pooled_head(channels, context))


def _transition(channels: int) -> list[nn.Module]:
    """Halves height, width and channels."""
    return [nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
