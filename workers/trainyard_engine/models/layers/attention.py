"""Multi-head attention (Vaswani et al., "Attention Is All You Need", 2017), of texts and of images."""

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from trainyard_engine.models.layers.key_value_cache import LayerCache

REPEATABLE = [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]
"""The others add gradients in any order on CUDA."""


class SelfAttention(nn.Module):
    """softmax(Q Kᵀ / √d) V in each of ``heads`` heads (section 3.2), over the tokens of ``mask`` if one is given.

    ``causal``: each token attends to itself and those before it, and there is no mask; with a ``cache`` those before
    are the ones that it holds.
    (batch, tokens, width) and bool (batch, tokens) to (batch, tokens, width).
    """

    def __init__(self, width: int, heads: int, *, causal: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None = None, *, cache: LayerCache | None = None) -> Tensor:
        queries, keys, values = self.queries_keys_values(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attn_mask, is_causal = None if mask is None else mask[:, None, None, :], self.causal
        if cache is not None:
            keys, values = cache.extended(keys, values)
            attn_mask, is_causal = cache.mask, cache.is_first
        with sdpa_kernel(REPEATABLE):
            attended = functional.scaled_dot_product_attention(
                queries, keys, values, attn_mask=attn_mask, is_causal=is_causal
            )
        outputs: Tensor = self.output(attended.transpose(1, 2).flatten(2))
        return outputs


class CrossAttention(nn.Module):
    """Attention of one text to the places of another, those of ``mask``; else as ``SelfAttention``.

    (batch, tokens, width), (batch, places, width) and bool (batch, places) to (batch, tokens, width).
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries = nn.Linear(width, width)
        self.keys_values = nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Tensor, read: Tensor, mask: Tensor) -> Tensor:
        return self.attend(x, self.read(read), mask)

    def read(self, read: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of what is read, each (batch, heads, places, head width)."""
        keys, values = self.keys_values(read).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return keys, values

    def attend(self, x: Tensor, keys_values: tuple[Tensor, Tensor], mask: Tensor) -> Tensor:
        """As ``forward``, of what ``read`` has made of the places."""
        keys, values = keys_values
        queries = self.queries(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
        with sdpa_kernel(REPEATABLE):
            attended = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask[:, None, None, :])
        outputs: Tensor = self.output(attended.transpose(1, 2).flatten(2))
        return outputs
