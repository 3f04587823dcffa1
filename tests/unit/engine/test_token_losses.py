"""Cross-entropy chunk by chunk: which logits are worked out again on the way back."""

import pytest
import torch
from torch import nn

from trainyard_engine.models.layers.token_losses import token_losses


@pytest.mark.parametrize(("tokens", "calls"), [(1, 1), (4, 1), (5, 3), (8, 3), (11, 5)])
def test_all_logits_but_the_last_chunks_are_worked_out_twice(tokens: int, calls: int) -> None:
    """Four tokens a chunk: the way back begins with the last, whose logits are there."""
    asked: list[int] = []
    head = nn.Linear(6, 10)
    head.register_forward_hook(lambda _, args, __: asked.append(len(args[0])))
    hidden = torch.randn(tokens, 6, requires_grad=True)
    costs, _ = token_losses(hidden, torch.zeros(tokens, dtype=torch.long), head, vocabulary=10, at_once=40)
    costs.sum().backward()
    assert len(asked) == calls
