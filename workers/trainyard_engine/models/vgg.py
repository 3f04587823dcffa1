"""``vgg``: Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015)."""

from torch import nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.dense import dense
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.vgg import CONVOLUTIONS, WIDENING, VggConfig


@architecture("vgg")
def build(config: VggConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    Each stage ends with a pooling that halves height and width. Convolutions keep the paper's biases although a batch
    normalization follows, as the published networks with one do. Dropout precedes every dense layer.
    """
    stages = CONVOLUTIONS[config.depth]
    channels, height, width = context.input_shape
    layers: list[nn.Module] = []
    for convolutions, widening in zip(stages, WIDENING, strict=True):
        for _ in range(convolutions):
            outputs = config.width * widening
            layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
            channels = outputs
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    features = channels * (height >> len(stages)) * (width >> len(stages))
    if context.dropout:
        layers.append(nn.Dropout(context.dropout))
    for units in config.hidden:
        layers += dense(features, units, activation="relu", norm="none", dropout=context.dropout)
        features = units
    return nn.Sequential(*layers, nn.Linear(features, context.outputs))
