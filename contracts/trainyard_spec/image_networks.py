"""Sizes of image networks, from their hyperparameters and the image size.

Convolutions are counted as they are built. Activations are the output of each of them, which is the least that a
gradient needs: norms and activation functions keep more.
"""

from dataclasses import dataclass, field

from trainyard_spec.architectures.cnn import CnnConfig
from trainyard_spec.architectures.densenet import BOTTLENECK, DensenetConfig
from trainyard_spec.architectures.mobilenet import (
    LAST_CHANNELS,
    STAGES,
    STEM_CHANNELS,
    MobilenetConfig,
    scaled,
)
from trainyard_spec.architectures.resnet import BLOCKS, BOTTLENECK_DEPTH, EXPANSION, ResnetConfig
from trainyard_spec.architectures.stem import is_small
from trainyard_spec.architectures.vgg import CONVOLUTIONS, WIDENING, VggConfig
from trainyard_spec.architectures.vit import CONVOLVED_CHANNELS, VitConfig, pools_of
from trainyard_spec.datasets import ImageProfile


@dataclass
class ConvolutionCount:
    """A sequence of convolutions: the output size of the last one, and the totals of all of them."""

    channels: int
    height: int
    width: int
    weights: int = field(default=0, init=False)
    activations: int = field(default=0, init=False)

    @classmethod
    def on(cls, profile: ImageProfile) -> "ConvolutionCount":
        return cls(profile.channels, profile.height, profile.width)

    def convolve(self, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        """One that keeps height and width but for its stride."""
        self.weights += self.channels // groups * outputs * kernel * kernel
        self.channels, self.height, self.width = outputs, -(-self.height // stride), -(-self.width // stride)
        self.activations += outputs * self.height * self.width

    def halve(self) -> None:
        """A pooling that drops an odd last row or column."""
        self.height, self.width = self.height // 2, self.width // 2

    @property
    def features(self) -> int:
        return self.channels * self.height * self.width

    def dense(self, hidden: tuple[int, ...]) -> None:
        """Layers on all that the last one put out, up to the last hidden one."""
        features = self.features
        for units in hidden:
            self.weights += features * units
            self.activations += units
            features = units
        self.weights += features


def count_cnn(config: CnnConfig, profile: ImageProfile) -> ConvolutionCount:
    count = ConvolutionCount.on(profile)
    for channels in config.channels:
        count.weights += count.channels * channels * config.kernel_size**2
        height, width = (max(side - config.lost, 0) for side in (count.height, count.width))
        count.activations += channels * height * width
        count.channels, count.height, count.width = channels, height // 2, width // 2
    count.dense(config.hidden)
    return count


def count_vgg(config: VggConfig, profile: ImageProfile) -> ConvolutionCount:
    count = ConvolutionCount.on(profile)
    for convolutions, widening in zip(CONVOLUTIONS[config.depth], WIDENING, strict=True):
        for _ in range(convolutions):
            count.convolve(config.width * widening, 3)
        count.halve()
    count.dense(config.hidden)
    return count


def count_resnet(config: ResnetConfig, profile: ImageProfile) -> ConvolutionCount:
    count = ConvolutionCount.on(profile)
    _published_stem(count, config.width, small=is_small(config.stem, height=profile.height, width=profile.width))
    for stage, blocks in enumerate(BLOCKS[config.depth]):
        width = config.width << stage
        for number in range(blocks):
            stride = 2 if stage and not number else 1
            before = (count.channels, count.height, count.width)
            if config.depth == BOTTLENECK_DEPTH:
                count.convolve(width, 1)
                count.convolve(width, 3, stride=stride)
                count.convolve(width * EXPANSION, 1)
            else:
                count.convolve(width, 3, stride=stride)
                count.convolve(width, 3)
            if stride != 1 or before[0] != count.channels:
                count.weights += before[0] * count.channels
                count.activations += count.features
    count.weights += count.channels
    return count


def count_densenet(config: DensenetConfig, profile: ImageProfile) -> ConvolutionCount:
    count = ConvolutionCount.on(profile)
    _published_stem(count, 2 * config.growth, small=is_small(config.stem, height=profile.height, width=profile.width))
    for block, layers in enumerate(config.blocks):
        if block:
            count.convolve(count.channels // 2, 1)
            count.halve()
        for _ in range(layers):
            inputs = count.channels
            count.convolve(BOTTLENECK * config.growth, 1)
            count.convolve(config.growth, 3)
            count.channels = inputs + config.growth
    count.weights += count.channels
    return count


def count_mobilenet(config: MobilenetConfig, profile: ImageProfile) -> ConvolutionCount:
    count = ConvolutionCount.on(profile)
    small = is_small(config.stem, height=profile.height, width=profile.width)
    count.convolve(scaled(STEM_CHANNELS, config.width), 3, stride=1 if small else 2)
    for stage, (expansion, published, blocks, first_stride) in enumerate(STAGES):
        for number in range(blocks):
            stride = first_stride if number == 0 and not (small and stage == 1) else 1
            wide = count.channels * expansion
            if expansion != 1:
                count.convolve(wide, 1)
            count.convolve(wide, 3, stride=stride, groups=wide)
            count.convolve(scaled(published, config.width), 1)
    count.convolve(scaled(LAST_CHANNELS, max(1.0, config.width)), 1)
    count.weights += count.channels
    return count


def count_vit(config: VitConfig, profile: ImageProfile) -> ConvolutionCount:
    count = ConvolutionCount.on(profile)
    side = config.patch_side(height=profile.height, width=profile.width) or 1
    patches, width = (profile.height // side) * (profile.width // side), config.d_model
    hidden = config.feed_forward_dimension
    if config.stem_for(height=profile.height, width=profile.width) == "convolutional":
        for channels, pools in zip(CONVOLVED_CHANNELS, pools_of(side), strict=True):
            count.convolve(channels, 3)
            if pools:
                count.halve()
                side //= 2
    count.weights += count.channels * side * side * width + (2 + patches) * width
    count.weights += config.num_layers * (4 * width * width + 2 * width * hidden) + width
    count.activations += (1 + patches) * config.num_layers * (6 * width + hidden)
    return count


def _published_stem(count: ConvolutionCount, channels: int, *, small: bool) -> None:
    """One 3×3 convolution, or the 7×7 one of ImageNet and the pooling behind it."""
    if small:
        count.convolve(channels, 3)
        return
    count.convolve(channels, 7, stride=2)
    count.height, count.width = -(-count.height // 2), -(-count.width // 2)
