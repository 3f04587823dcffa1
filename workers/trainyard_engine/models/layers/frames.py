"""Layers of networks that answer for every frame of a recording."""

import torch
from torch import Tensor

from trainyard_spec.datasets import BLANK

IMPOSSIBLE = -1e4
"""A logit whose probability is zero; infinity would spoil gradients."""


def ended(outputs: Tensor, is_heard: Tensor) -> Tensor:
    """``outputs`` (batch, frames, outputs), of which the blank is certain where ``is_heard`` (batch, frames) is not."""
    nothing = torch.full((outputs.shape[2],), IMPOSSIBLE, dtype=outputs.dtype, device=outputs.device)
    nothing[BLANK] = 0.0
    return torch.where(is_heard[:, :, None], outputs, nothing)
