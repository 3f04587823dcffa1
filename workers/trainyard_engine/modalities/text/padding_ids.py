"""Ids of padding other than 0: RoBERTa's vocabularies begin with another token, and pad with the second.

Everything here knows padding by the id 0. So such a vocabulary is used with two ids exchanged, its padding's and 0, by
the tokenizer on the way in and out, and back by the network that was pretrained with its own.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

PADDING = 0
Ids = TypeVar("Ids", npt.NDArray[np.int32], npt.NDArray[np.int64])


def exchanged_id(token: int, padding: int) -> int:
    """``padding`` for 0, and 0 for ``padding``; others stay. Twice, it is the same again."""
    return {PADDING: padding, padding: PADDING}.get(token, token)


def exchanged_array(ids: Ids, padding: int) -> Ids:
    """``exchanged_id`` of each."""
    if padding == PADDING:
        return ids
    return np.where(ids == PADDING, padding, np.where(ids == padding, PADDING, ids)).astype(ids.dtype)


def exchanged(ids: Tensor, padding: int) -> Tensor:
    """``exchanged_id`` of each."""
    if padding == PADDING:
        return ids
    return torch.where(ids == PADDING, padding, ids.masked_fill(ids == padding, PADDING))
