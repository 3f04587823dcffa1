"""``mlp``: dense layers; images and steps are flattened."""

from math import prod

from torch import nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.dense import dense
from trainyard_engine.models.layers.sequences import FlatSteps
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.mlp import MlpConfig


@architecture("mlp")
def build(config: MlpConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, *input_shape), or ``Steps`` of one length, to (batch, outputs).

    Dropout follows every hidden activation.
    """
    width = prod(context.input_shape)
    layers: list[nn.Module] = [FlatSteps() if len(context.input_shape) == 2 else nn.Flatten()]
    for units in config.hidden:
        layers += dense(width, units, activation=config.activation, norm=config.norm, dropout=context.dropout)
        width = units
    layers.append(nn.Linear(width, context.outputs))
    return nn.Sequential(*layers)
