"""``mobilenet``: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018)."""

from torch import Tensor, nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.convolutional import conv_norm, has_small_stem, pooled_head
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.mobilenet import LAST_CHANNELS, STAGES, STEM_CHANNELS, MobilenetConfig, scaled


class InvertedResidual(nn.Module):
    """Widens, convolves each channel alone, narrows linearly; a shortcut where size and channels stay."""

    def __init__(self, inputs: int, outputs: int, *, expansion: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        layers = [*conv_norm(inputs, wide, 1), nn.ReLU6()] if expansion != 1 else []
        layers += [*conv_norm(wide, wide, 3, stride=stride, groups=wide), nn.ReLU6(), *conv_norm(wide, outputs, 1)]
        self.body = nn.Sequential(*layers)
        self.has_shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.body(x)
        return x + y if self.has_shortcut else y


@architecture("mobilenet")
def build(config: MobilenetConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    The small stem leaves out the first two of the five halvings of height and width. Dropout precedes the dense
    layer.
    """
    small = has_small_stem(config.stem, context)
    channels = scaled(STEM_CHANNELS, config.width)
    layers = [*conv_norm(context.input_shape[0], channels, 3, stride=1 if small else 2), nn.ReLU6()]
    for stage, (expansion, published, blocks, first_stride) in enumerate(STAGES):
        outputs = scaled(published, config.width)
        for number in range(blocks):
            stride = first_stride if number == 0 and not (small and stage == 1) else 1
            layers.append(InvertedResidual(channels, outputs, expansion=expansion, stride=stride))
            channels = outputs
    # A factor below one leaves the last layer as it is (their section 5).
    features = scaled(LAST_CHANNELS, max(1.0, config.width))
    return nn.Sequential(*layers, *conv_norm(channels, features, 1), nn.ReLU6(), *pooled_head(features, context))
