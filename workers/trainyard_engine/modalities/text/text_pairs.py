"""Pairs of texts, and triplets with a negative, as token ids in batches that are as long as their longest text."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.text.dataset import TokenArrays, texts_of
from trainyard_engine.modalities.text.tokenizer import Reader

ROLES = ("text", "positive", "negative")
"""The arrays of the texts of a row, in their order; not every dataset has the last."""


class TextPairEncoder:
    """Token ids int32 (batch, texts, tokens) to those of one text after the other, (batch * texts, tokens)."""

    def __init__(self, tokenizer: Reader) -> None:
        self.shape: tuple[int, ...] = (tokenizer.max_length,)

    def __call__(self, raw: tuple[Tensor, ...]) -> Tensor:
        (ids,) = raw
        return ids.flatten(0, 1)


class TextPairSource:
    """Batches of token ids int32 (batch, texts, tokens) on ``device``, padded to the longest text, and of targets."""

    def __init__(self, tokens: Sequence[TokenArrays], target: npt.NDArray[np.generic], device: torch.device) -> None:
        self._tokens = tokens
        self._target = torch.from_numpy(np.array(target)).to(device)
        self._device = device

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        for begin in range(first * size, len(rows), size):
            chosen = rows[begin : begin + size]
            texts = [_rows(tokens, chosen) for tokens in self._tokens]
            longest = max(ids.shape[1] for ids in texts)
            whole = np.stack([np.pad(ids, ((0, 0), (0, longest - ids.shape[1]))) for ids in texts], axis=1)
            index = torch.from_numpy(chosen).to(self._device)
            yield Batch(raw=(torch.from_numpy(whole).to(self._device),), target=self._target.index_select(0, index))


def roles_of(dataset: Dataset) -> tuple[str, ...]:
    """The arrays of texts that ``dataset`` has."""
    return tuple(name for name in ROLES if name in dataset.features)


def text_identities(dataset: Dataset) -> npt.NDArray[np.int64]:
    """int64 (rows, texts): the same number for the same text, wherever it stands (BLAKE2b, RFC 7693)."""
    everything = np.arange(dataset.compiled.rows)
    return np.stack(
        [
            np.array([_identity(text) for batch in texts_of(dataset, everything, name) for text in batch])
            for name in roles_of(dataset)
        ],
        axis=1,
    )


def _identity(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def _rows(tokens: TokenArrays, chosen: Rows) -> npt.NDArray[np.int32]:
    starts = tokens.offsets[chosen]
    found: npt.NDArray[np.int32] = padded(tokens.ids, starts, tokens.offsets[chosen + 1] - starts)
    return found
