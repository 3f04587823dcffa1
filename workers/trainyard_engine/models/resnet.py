"""``resnet``: residual networks, He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016)."""

from torch import Tensor, nn
from torch.nn import functional

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.convolutional import conv_norm, has_small_stem, pooled_head
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.resnet import BLOCKS, BOTTLENECK_DEPTH, EXPANSION, ResnetConfig


class Residual(nn.Module):
    """relu(body(x) + shortcut(x)); the shortcut is a 1×1 convolution where size or channels change."""

    def __init__(self, body: list[nn.Module], inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*body)
        changes = stride != 1 or inputs != outputs
        self.shortcut = nn.Sequential(*(conv_norm(inputs, outputs, 1, stride=stride) if changes else []))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.body(x) + self.shortcut(x))


@architecture("resnet")
def build(config: ResnetConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    The small stem is the paper's for CIFAR, one 3×3 convolution; the large one its 7×7 convolution and pooling for
    ImageNet. Dropout precedes the dense layer.
    """
    small = has_small_stem(config.stem, context)
    channels = config.width
    if small:
        layers = [*conv_norm(context.input_shape[0], channels, 3), nn.ReLU()]
    else:
        layers = [*conv_norm(context.input_shape[0], channels, 7, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    is_bottleneck = config.depth == BOTTLENECK_DEPTH
    for stage, blocks in enumerate(BLOCKS[config.depth]):
        width = config.width << stage
        outputs = width * EXPANSION if is_bottleneck else width
        for number in range(blocks):
            stride = 2 if stage and not number else 1
            body = _bottleneck(channels, width, stride) if is_bottleneck else _basic(channels, width, stride)
            layers.append(Residual(body, channels, outputs, stride))
            channels = outputs
    return nn.Sequential(*layers, *pooled_head(channels, context))


def _basic(inputs: int, width: int, stride: int) -> list[nn.Module]:
    return [*conv_norm(inputs, width, 3, stride=stride), nn.ReLU(), *conv_norm(width, width, 3)]


def _bottleneck(inputs: int, width: int, stride: int) -> list[nn.Module]:
    """Halves the size in its 3×3 convolution, as implementations have done since the paper's."""
    return [
        *conv_norm(inputs, width, 1),
        nn.ReLU(),
        *conv_norm(width, width, 3, stride=stride),
        nn.ReLU(),
        *conv_norm(width, width * EXPANSION, 1),
    ]
