"""Texts of a compiled dataset, as token ids in batches that are as long as their longest text."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.batches import RESIDENT_BYTES, Batch
from trainyard_engine.core.dataset import OFFSETS, Dataset
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.text import char_ngrams
from trainyard_engine.modalities.text.char_ngrams import CharNgramTokenizer
from trainyard_engine.modalities.text.tokenizer import PADDING, Reader, TextTokenizer
from trainyard_spec.texts import TextConfig

ROWS_AT_ONCE = 1024
MOST_PADDING = 4
"""Texts are kept on the device, each as long as the longest, if that takes at most so many times their own room."""

Ids = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenArrays:
    """``ids`` of all rows one after the other, in a file that nobody else sees; row i has those from ``offsets[i]``
    to ``offsets[i + 1]``, at least one."""

    ids: Ids
    offsets: Offsets


def fit_tokenizer(dataset: Dataset, train: Rows, spec: TextConfig, names: Sequence[str] = ("text",)) -> Reader:
    """The tokenizer of ``spec`` with the vocabulary of the rows ``train`` of the arrays ``names``."""
    texts = chain.from_iterable(texts_of(dataset, train, name) for name in names)
    if spec.tokenizer == char_ngrams.NAME:
        return CharNgramTokenizer.fit(spec, texts)
    return TextTokenizer.fit(spec, texts)


def read_tokenizer(text: str) -> Reader:
    """What ``to_json`` of a tokenizer has written. Raises ``ValueError`` for anything else."""
    return CharNgramTokenizer.from_json(text) if char_ngrams.wrote(text) else TextTokenizer.from_json(text)


def tokenize(dataset: Dataset, tokenizer: Reader, name: str = "text") -> TokenArrays:
    """The tokens of all rows of the array ``name``, cut to the tokenizer's length."""
    texts = texts_of(dataset, np.arange(dataset.compiled.rows), name)
    return stored_tokens(tokenizer.encode(batch) for batch in texts)


def stored_tokens(encoded: Iterable[tuple[Ids, Offsets]]) -> TokenArrays:
    """Batches of ids and lengths in a temporary file: they take as much room as texts, and memory is for training."""
    lengths: list[Offsets] = []
    # Mapped below, and gone from the disk when the map goes.
    with tempfile.TemporaryFile() as file:
        for ids, counts in encoded:
            file.write(ids.data)
            lengths.append(counts)
        file.flush()
        offsets = np.concatenate(([0], np.cumsum(np.concatenate(lengths))))
        mapped = np.memmap(file, dtype=np.int32, mode="r", shape=(int(offsets[-1]),))
    return TokenArrays(ids=np.asarray(mapped), offsets=offsets)


class TextSource:
    """Batches of token ids int32 (batch, length) on ``device``, padded to the longest text in the batch."""

    def __init__(self, dataset: Dataset, tokens: TokenArrays, device: torch.device) -> None:
        self._device = device
        self._tokens = tokens
        self._lengths = np.diff(tokens.offsets)
        self._target = torch.from_numpy(np.array(dataset.target)).to(device)
        self._resident: Tensor | None = None
        size = len(self._lengths) * int(self._lengths.max())
        if 4 * size <= RESIDENT_BYTES and size <= MOST_PADDING * len(tokens.ids):
            self._resident = _all_padded(tokens, self._lengths).to(device)

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        on_device = torch.from_numpy(rows).to(self._device)
        for begin in range(first * size, len(rows), size):
            chosen, index = rows[begin : begin + size], on_device[begin : begin + size]
            yield Batch(raw=(self._ids(chosen, index),), target=self._target.index_select(0, index))

    def _ids(self, chosen: Rows, index: Tensor) -> Tensor:
        lengths = self._lengths[chosen]
        if self._resident is not None:
            return self._resident.index_select(0, index)[:, : int(lengths.max())].contiguous()
        return torch.from_numpy(padded(self._tokens.ids, self._tokens.offsets[chosen], lengths)).to(self._device)


def _all_padded(tokens: TokenArrays, lengths: Offsets) -> Tensor:
    """int32 (texts, longest) of every text."""
    whole = torch.full((len(lengths), int(lengths.max())), PADDING, dtype=torch.int32)
    for begin in range(0, len(lengths), ROWS_AT_ONCE):
        part = slice(begin, begin + ROWS_AT_ONCE)
        ids = torch.from_numpy(padded(tokens.ids, tokens.offsets[:-1][part], lengths[part]))
        whole[part, : ids.shape[1]] = ids
    return whole


def texts_of(dataset: Dataset, rows: Rows, name: str = "text") -> Iterator[list[str]]:
    """Batches of the texts ``rows`` of the array ``name``, in the order given."""
    content, offsets = dataset.features[name], dataset.features[name + OFFSETS]
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        chosen = rows[begin : begin + ROWS_AT_ONCE]
        spans = zip(offsets[chosen].tolist(), offsets[chosen + 1].tolist(), strict=True)
        yield [content[start:end].tobytes().decode() for start, end in spans]
