"""Input layers of networks that read step by step: token ids, int (batch, tokens), or ``Steps`` of numbers."""

from torch import Tensor, nn

from trainyard_engine.modalities.series.steps import PaddedSteps
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.tokens import is_token, token_embedding

Sequences = Tensor | PaddedSteps


def input_layer(context: BuildContext, width: int) -> nn.Module:
    """Makes (batch, steps, width): an embedding where the data have a vocabulary, else a dense layer of a step."""
    if context.vocabulary:
        return token_embedding(context.vocabulary, width, unmet=context.unmet_tokens)
    return nn.Linear(channels_of(context), width)


def channels_of(context: BuildContext) -> int:
    """The numbers of a step."""
    _, channels = context.input_shape
    return channels


def with_mask(inputs: Sequences) -> tuple[Tensor, Tensor]:
    """What the input layer takes, and where there is a token or a step, bool (batch, steps)."""
    return (inputs.values, inputs.mask) if isinstance(inputs, PaddedSteps) else (inputs, is_token(inputs))


class FlatSteps(nn.Module):
    """``Steps`` of one length to (batch, steps * channels)."""

    def forward(self, inputs: PaddedSteps) -> Tensor:
        return inputs.values.flatten(1)
