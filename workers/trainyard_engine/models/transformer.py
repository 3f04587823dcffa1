"""``transformer``: the encoder of Vaswani et al., "Attention Is All You Need" (2017), for whole texts and series."""

import math

import torch
from torch import Tensor, nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.attention import SelfAttention
from trainyard_engine.models.layers.dense import ACTIVATIONS
from trainyard_engine.models.layers.sequences import Sequences, input_layer, with_mask
from trainyard_engine.models.layers.tokens import by_window, is_token, mean_over
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.transformer import TransformerConfig

LONGEST_WAVE = 10_000.0


class EncoderLayer(nn.Module):
    """Attention, then two dense layers, each added to what it was given and normalized.

    After the sum, as in the paper (``post``), or before the part (``pre``; Xiong et al., 2020). Dropout ends each part.
    """

    def __init__(self, config: TransformerConfig, dropout: float) -> None:
        super().__init__()
        self.norm_first = config.norm == "pre"
        self.attention = SelfAttention(config.d_model, config.num_heads)
        self.attention_norm = nn.LayerNorm(config.d_model)
        self.feedforward = nn.Sequential(
            nn.Linear(config.d_model, config.d_ff),
            ACTIVATIONS[config.activation](),
            nn.Dropout(dropout),
            nn.Linear(config.d_ff, config.d_model),
        )
        self.feedforward_norm = nn.LayerNorm(config.d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        if self.norm_first:
            x = x + self.dropout(self.attention(self.attention_norm(x), mask))
            x = x + self.dropout(self.feedforward(self.feedforward_norm(x)))
        else:
            x = self.attention_norm(x + self.dropout(self.attention(x, mask)))
            x = self.feedforward_norm(x + self.dropout(self.feedforward(x)))
        return x


class Transformer(nn.Module):
    """Tokens or steps to (batch, outputs): embeddings and positions, layers, the mean over all of them.

    Or to (batch, tokens, outputs), without a mean.
    """

    positions: Tensor

    def __init__(self, config: TransformerConfig, context: BuildContext) -> None:
        super().__init__()
        longest = context.input_shape[0]
        self.window = longest if context.per_frame else None
        # Makes embeddings, which begin at length 1, as large as positions; a dense layer's outputs are already.
        self.scale = math.sqrt(config.d_model) if context.vocabulary else 1.0
        self.embedding = input_layer(context, config.d_model)
        if config.positions == "learned":
            self.positions = nn.Parameter(torch.randn(longest, config.d_model))
            if context.longest:
                # No gradient moves those that no training example reaches: they are to say nothing.
                nn.init.zeros_(self.positions[context.longest :])
        else:
            self.register_buffer("positions", sinusoids(longest, config.d_model), persistent=False)
        self.dropout = nn.Dropout(context.dropout)
        self.layers = nn.ModuleList(EncoderLayer(config, context.dropout) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.d_model) if config.norm == "pre" else nn.Identity()
        self.output = nn.Linear(config.d_model, context.outputs)

    def forward(self, inputs: Sequences) -> Tensor:
        if self.window and isinstance(inputs, Tensor):
            return by_window(lambda ids: self._told(self._read(ids, is_token(ids))), inputs, self.window)
        steps, mask = with_mask(inputs)
        return self._told(mean_over(self._read(steps, mask), mask))

    def _read(self, steps: Tensor, mask: Tensor) -> Tensor:
        x = self.dropout(self.embedding(steps) * self.scale + self.positions[: steps.shape[1]])
        for layer in self.layers:
            x = layer(x, mask)
        states: Tensor = self.norm(x)
        return states

    def _told(self, states: Tensor) -> Tensor:
        outputs: Tensor = self.output(self.dropout(states))
        return outputs


def sinusoids(places: int, width: int) -> Tensor:
    """float32 (places, width): sin and cos of place / 10000^(2i / width) in columns 2i and 2i + 1 (section 3.5)."""
    rates = LONGEST_WAVE ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(places, dtype=torch.float64)[:, None] * rates
    return torch.stack((angles.sin(), angles.cos()), dim=2).flatten(1).float()


@architecture("transformer")
def build(config: TransformerConfig, context: BuildContext) -> nn.Module:
    return Transformer(config, context)
