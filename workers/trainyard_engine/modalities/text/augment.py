"""Augmentations of batches of texts: token ids int32 (batch, tokens)."""

import torch
from torch import Tensor

from trainyard_engine.modalities.text.tokenizer import PADDING, UNK_ID
from trainyard_spec.augmentation import TokenDropoutAugment


def drop_tokens(ids: Tensor, spec: TokenDropoutAugment) -> Tensor:
    """Makes each token unknown with the spec's probability; padding stays what it is."""
    dropped = torch.rand(ids.shape, device=ids.device) < spec.probability
    return ids.masked_fill(dropped & (ids != PADDING), UNK_ID)
