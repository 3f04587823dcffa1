"""``gpt``: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), section 2.3."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.attention import SelfAttention
from trainyard_engine.models.layers.key_value_cache import KeyValueCache, LayerCache
from trainyard_engine.models.layers.tokens import weights_of_met
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.gpt import GptConfig

DEVIATION = 0.02
"""Of first weights, as in the paper's own code."""


class GptBlock(nn.Module):
    """Attention to the tokens before, then two dense layers, each normalized first and added. (batch, tokens, width).

    Dropout ends each part; attention weights are never dropped.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads, causal=True)
        self.feedforward_norm = nn.LayerNorm(width)
        self.feedforward = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, cache: LayerCache | None = None) -> Tensor:
        x = x + self.dropout(self.attention(self.attention_norm(x), cache=cache))
        outputs: Tensor = x + self.dropout(self.feedforward(self.feedforward_norm(x)))
        return outputs


class Gpt(nn.Module):
    """Token ids int (batch, tokens) to logits (batch, tokens, vocabulary) of what comes after each.

    Inputs and outputs share the tokens' vectors. What stands behind a token does not change its logits, and neither
    does one that training never read.
    """

    is_met: Tensor

    def __init__(self, config: GptConfig, context: BuildContext) -> None:
        super().__init__()
        (longest,) = context.input_shape
        self.embedding = nn.Embedding(context.vocabulary, config.d_model)
        self.register_buffer("is_met", weights_of_met(context.vocabulary, context.unmet_tokens), persistent=False)
        self.positions = nn.Parameter(torch.empty(longest, config.d_model))
        self.dropout = nn.Dropout(context.dropout)
        self.blocks = nn.ModuleList(
            GptBlock(config.d_model, config.num_heads, context.dropout) for _ in range(config.num_layers)
        )
        self.norm = nn.LayerNorm(config.d_model)
        self._draw_weights()

    def forward(self, ids: Tensor) -> Tensor:
        x = self.dropout(self.embedding(ids) * self.is_met[ids] + self.positions[: ids.shape[1]])
        for block in self.blocks:
            x = block(x)
        return functional.linear(self.norm(x), self.embedding.weight)

    def begin(self, ids: Tensor, lengths: Sequence[int], *, capacity: int) -> tuple[Tensor, KeyValueCache]:
        """Reads beginnings of texts: logits (batch, vocabulary) of what comes after each, and what goes on from there.

        ``ids`` int (batch, tokens) are padded behind each row's ``lengths``; ``capacity`` is the most tokens of a text.
        """
        cache = KeyValueCache(len(self.blocks), capacity=capacity, device=ids.device)
        x = self.embedding(ids) * self.is_met[ids] + self.positions[: ids.shape[1]]
        for block, layer in zip(self.blocks, cache.layers, strict=True):
            x = block(x, layer)
        cache.begin(lengths)
        last = x[torch.arange(len(ids), device=ids.device), torch.tensor(lengths, device=ids.device) - 1]
        return functional.linear(self.norm(last), self.embedding.weight), cache

    def step(self, tokens: Tensor, cache: KeyValueCache) -> Tensor:
        """Logits (batch, vocabulary) of what comes after one more token of each text, int (batch,)."""
        x = (self.embedding(tokens) * self.is_met[tokens] + self.positions[cache.place_next()])[:, None]
        for block, layer in zip(self.blocks, cache.layers, strict=True):
            x = block(x, layer)
        cache.advance()
        return functional.linear(self.norm(x[:, 0]), self.embedding.weight)

    def _draw_weights(self) -> None:
        """N(0, 0.02²); of the layers that add to the stream, of which there are two a block, 1 / √(2 layers) of it."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=DEVIATION)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.positions, std=DEVIATION)
        for block in self.blocks:
            for name in ("attention.output.weight", "feedforward.2.weight"):
                nn.init.normal_(block.get_parameter(name), std=DEVIATION / (2 * len(self.blocks)) ** 0.5)


@architecture("gpt")
def build(config: GptConfig, context: BuildContext) -> nn.Module:
    return Gpt(config, context)
