"""Cross-entropy over a large vocabulary, a chunk of tokens at a time: the logits of all are never held at once.

As in Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models" (2024), but by PyTorch's own operations:
a chunk's logits are computed again on the way back. Those of the last one are kept, as the way back begins with them.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from trainyard_spec.language_model_memory import LOGITS_AT_ONCE

Head = Callable[[Tensor], Tensor]
"""From hidden states (tokens, embedding) to logits (tokens, vocabulary)."""


def token_losses(
    hidden: Tensor, target: Tensor, head: Head, *, vocabulary: int, at_once: int = LOGITS_AT_ONCE
) -> tuple[Tensor, Tensor]:
    """What each token costs in nats, float32 (tokens,), and whether it is the likeliest, bool (tokens,).

    ``hidden`` is (tokens, embedding), ``target`` int64 (tokens,).
    """
    size = max(1, at_once // vocabulary)
    costs, right = [hidden.new_zeros(0, dtype=torch.float32)], [target.new_zeros(0, dtype=torch.bool)]
    last = (len(target) - 1) // size
    for place, (states, tokens) in enumerate(zip(torch.split(hidden, size), torch.split(target, size), strict=True)):
        if not len(tokens):
            continue
        if torch.is_grad_enabled() and place < last:
            found = checkpoint(_chunk, states, tokens, head, use_reentrant=False)
        else:
            found = _chunk(states, tokens, head)
        costs.append(found[0])
        right.append(found[1])
    return torch.cat(costs), torch.cat(right)


def _chunk(states: Tensor, tokens: Tensor, head: Head) -> tuple[Tensor, Tensor]:
    logits = head(states).float()
    return functional.cross_entropy(logits, tokens, reduction="none"), logits.argmax(dim=1) == tokens
