"""Documents as streams of tokens, cut into blocks: the examples of a language model."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.coverage import Coverage, tokens_counted, writing_coverage
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.split import Rows, Split
from trainyard_engine.modalities.text.chunks import pieces
from trainyard_engine.modalities.text.dataset import Ids, Offsets
from trainyard_engine.modalities.text.tokenizer import END, TextTokenizer
from trainyard_spec.texts import TextConfig

PIECE_BYTES = 1 << 16
BYTES_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class DocumentChunk:
    """A part of a document that is made into tokens at once; ``is_last`` of its document."""

    text: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Blocks:
    """``ids`` are streams one after the other, in a file that nobody else sees. Block i has the ``lengths[i]`` from
    ``starts[i]`` on: those that are read, and the one after them. ``split`` numbers the blocks."""

    ids: Ids
    starts: Offsets
    lengths: Offsets
    split: Split


def fit_on_documents(dataset: Dataset, train: Rows, spec: TextConfig) -> TextTokenizer:
    """The tokenizer of ``spec`` with the vocabulary of the documents ``train``."""
    batches = ([piece.text for piece in batch] for batch in _batches(_pieces(dataset, train)))
    return TextTokenizer.fit(spec, batches, writes=True)


def blocks_of(dataset: Dataset, tokenizer: TextTokenizer, documents: Split) -> Blocks:
    """Joins the documents of each part into a stream, an end before, between and after them, and cuts it into blocks.

    Each block but a part's last reads ``max_length`` tokens, or as many as the training part has if these are fewer;
    its shorter last one is left out unless it is the only one.
    """
    parts = (documents.train, documents.val, documents.test)
    # Mapped below, and gone from the disk when the map goes.
    with tempfile.TemporaryFile() as file:
        sizes = []
        for rows in parts:
            before = file.tell()
            file.write(np.int32(END).tobytes())
            for ids in _tokens(dataset, tokenizer, rows):
                file.write(ids.data)
            sizes.append((file.tell() - before) // np.dtype(np.int32).itemsize)
        file.flush()
        mapped = np.memmap(file, dtype=np.int32, mode="r", shape=(sum(sizes),))
    longest = min(tokenizer.max_length, sizes[0] - 1)
    starts = [_starts(size, longest) for size in sizes]
    if len(starts[0]) > 1 and sizes[0] - starts[0][-1] <= longest:
        starts[0] = starts[0][:-1]
    begins = np.cumsum([0, *sizes])
    lengths = [np.minimum(size - start, longest + 1) for size, start in zip(sizes, starts, strict=True)]
    numbers = np.split(np.arange(sum(map(len, starts))), np.cumsum([len(start) for start in starts])[:-1])
    return Blocks(
        ids=np.asarray(mapped),
        starts=np.concatenate([begin + start for begin, start in zip(begins, starts, strict=False)]),
        lengths=np.concatenate(lengths),
        split=Split(*numbers),
    )


def stream_coverage(blocks: Blocks, vocabulary: int) -> Coverage:
    """Coverage of the tokens that the training blocks read, and of the ones after them."""
    starts, lengths = blocks.starts[blocks.split.train], blocks.lengths[blocks.split.train] - 1
    return writing_coverage(
        tokens_counted(blocks.ids, starts, lengths, vocabulary=vocabulary),
        tokens_counted(blocks.ids, starts + 1, lengths, vocabulary=vocabulary),
        longest=int(lengths.max()),
    )


class BlockSource:
    """Batches of blocks on ``device``: tokens int32 (batch, length), and the one after each as int64 targets."""

    def __init__(self, blocks: Blocks, device: torch.device) -> None:
        self._blocks = blocks
        self._device = device

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The blocks in the order given, ``size`` at a time and the rest last, from batch number ``first`` on."""
        for begin in range(first * size, len(rows), size):
            chosen = rows[begin : begin + size]
            ids = padded(self._blocks.ids, self._blocks.starts[chosen], self._blocks.lengths[chosen])
            tokens = torch.from_numpy(ids).to(self._device)
            yield Batch(raw=(tokens[:, :-1],), target=tokens[:, 1:].long())


def _starts(size: int, step: int) -> Offsets:
    """Where blocks begin in a stream of ``size`` tokens, of which the last is never read."""
    return np.arange(0, size - 1, step)


def _tokens(dataset: Dataset, tokenizer: TextTokenizer, rows: Rows) -> Iterator[Ids]:
    for batch in _batches(_pieces(dataset, rows)):
        ids, lengths = tokenizer.encode([piece.text for piece in batch], whole=True)
        ends = np.cumsum(lengths)[[piece.is_last for piece in batch]]
        yield np.insert(ids, ends, np.int32(END))


def _pieces(dataset: Dataset, rows: Rows) -> Iterator[DocumentChunk]:
    """The documents ``rows``, of any length, in pieces that fit into memory."""
    content, offsets = dataset.features["text"], dataset.features["text_offsets"]
    for begin, end in zip(offsets[rows].tolist(), offsets[rows + 1].tolist(), strict=True):
        blocks = (content[at : min(at + BYTES_AT_ONCE, end)].tobytes() for at in range(begin, end, BYTES_AT_ONCE))
        read = 0
        for piece in pieces(blocks, size=PIECE_BYTES):
            read += len(piece)
            yield DocumentChunk(piece.decode(), is_last=read == end - begin)


def _batches(found: Iterable[DocumentChunk]) -> Iterator[Sequence[DocumentChunk]]:
    """Batches of texts of about ``BYTES_AT_ONCE`` characters each."""
    batch: list[DocumentChunk] = []
    size = 0
    for piece in found:
        batch.append(piece)
        size += len(piece.text)
        if size >= BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
