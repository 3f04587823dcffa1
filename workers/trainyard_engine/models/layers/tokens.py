"""Layers of networks of texts. A text is its token ids, int (batch, tokens); behind its end stands padding."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainyard_engine.modalities.text.tokenizer import PADDING


def token_embedding(vocabulary: int, width: int, *, unmet: Sequence[int] = ()) -> nn.Embedding:
    """Vectors of expected length 1, drawn from N(0, 1/width), and zeros, never learnt, for padding.

    Those of ``unmet`` ids, which no training text holds, begin as zeros too: no gradient and no decay moves them.
    """
    embedding = nn.Embedding(vocabulary, width, padding_idx=PADDING)
    with torch.no_grad():
        embedding.weight.normal_(std=width**-0.5)[[PADDING, *unmet]] = 0.0
    return embedding


def weights_of_met(vocabulary: int, unmet: Sequence[int]) -> Tensor:
    """float32 (vocabulary, 1): 0 for ``unmet`` ids, else 1. Where outputs share the vectors of inputs, these move those
    of tokens that were never read: times these, they say nothing."""
    weights = torch.ones(vocabulary, 1)
    weights[list(unmet)] = 0.0
    return weights


def is_token(ids: Tensor) -> Tensor:
    """bool (batch, tokens): where there is text and no padding."""
    return ids != PADDING


def mean_over(values: Tensor, mask: Tensor) -> Tensor:
    """The mean of (batch, tokens, width) over the tokens of ``mask``, bool (batch, tokens): (batch, width)."""
    total = (values * mask.unsqueeze(2)).sum(dim=1)
    return total / mask.sum(dim=1, keepdim=True)


def by_window(told: Callable[[Tensor], Tensor], ids: Tensor, longest: int) -> Tensor:
    """What is ``told`` of every token, (batch, tokens, outputs), of ``ids`` int (batch, tokens).

    Of more than ``longest`` tokens a text is read in windows of so many, each by itself: padding stands where a word
    would else be parted. Zeros are told of windows without a token.
    """
    rows, tokens = ids.shape
    if tokens <= longest:
        return told(ids)
    windows = functional.pad(ids, (0, -tokens % longest), value=PADDING).reshape(-1, longest)
    read = is_token(windows).any(dim=1).nonzero().squeeze(1)
    found = told(windows[read])
    outputs = found.new_zeros(len(windows), longest, found.shape[2]).index_copy(0, read, found)
    return outputs.reshape(rows, -1, found.shape[2])[:, :tokens]


class AttentionPooling(nn.Module):
    """A mean weighted by a learnt score, softmax(v · tanh(W h + b)) over a text's tokens (Yang et al., 2016, eq. 5–7).

    (batch, tokens, width) and bool (batch, tokens) to (batch, width).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False))

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        scores = self.score(values).squeeze(2).masked_fill(~mask, -torch.inf)
        pooled: Tensor = (scores.softmax(dim=1).unsqueeze(1) @ values).squeeze(1)
        return pooled
