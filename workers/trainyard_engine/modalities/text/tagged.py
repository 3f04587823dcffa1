"""Tagged texts of a compiled dataset, as token ids in batches, with a tag at the first token of each word."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.coverage import Coverage, tokens_counted
from trainyard_engine.core.dataset import OFFSETS, Dataset
from trainyard_engine.core.faults import invalid_input
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.interactions.item_index import spans
from trainyard_engine.modalities.text.dataset import ROWS_AT_ONCE, Ids, Offsets
from trainyard_engine.modalities.text.tokenizer import PADDING, TextTokenizer
from trainyard_spec.texts import TextConfig

IGNORED = -1
"""The target of tokens that are not the first of a word: no loss and no metric counts them."""


@dataclass(frozen=True, slots=True)
class WordTokens:
    """``ids`` of all texts one after the other, text i from ``offsets[i]`` on; word j begins at ``at[j]``.

    A text of more tokens than ``max_length`` stands in windows of so many, each as if it were a text: padding is behind
    the last whole word of a window.
    """

    ids: Ids
    offsets: Offsets
    at: Offsets

    @property
    def lengths(self) -> Offsets:
        return np.diff(self.offsets)


def room_of(tokenizer: TextTokenizer) -> int:
    """The tokens of words that a window holds. Raises ``EngineFault`` where there is room for none."""
    before, behind = tokenizer.frame
    room = tokenizer.max_length - len(before) - len(behind)
    if room < 1:
        raise invalid_input(
            f"The model puts {len(before) + len(behind)} tokens around every text: max_length leaves none for words.",
            code="text_too_short",
            hint="Raise text.max_length.",
            field="training.text.max_length",
        )
    return room


def lay_out(tokenizer: TextTokenizer, words: Sequence[str], lengths: Offsets) -> WordTokens:
    """The tokens of texts of so many ``words`` each, int64 (texts,), at least one; a word's are cut to a window."""
    room, (before, behind) = room_of(tokenizer), tokenizer.frame
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    pieces, counts = tokenizer.encode_words(list(numbers))
    chosen = np.array([numbers[word] for word in words], dtype=np.int64)
    sizes = np.minimum(counts[chosen], room)
    text = np.repeat(np.arange(len(lengths)), lengths)
    last = np.cumsum(lengths) - 1
    window, within = _windows(sizes, lengths, room)
    frame = len(before) + len(behind)
    ends = window[last] * tokenizer.max_length + within[last] + sizes[last] + frame
    offsets = np.concatenate(([0], np.cumsum(ends)))
    at = offsets[text] + window * tokenizer.max_length + len(before) + within
    ids = np.full(int(offsets[-1]), PADDING, dtype=np.int32)
    ids[spans(at, sizes)] = pieces[spans((np.cumsum(counts) - counts)[chosen], sizes)]
    opens = within == 0
    closes = np.append(opens[1:], True)
    for place, token in enumerate(before):
        ids[at[opens] - len(before) + place] = token
    for place, token in enumerate(behind):
        ids[(at + sizes)[closes] + place] = token
    return WordTokens(ids, offsets, at)


def _windows(sizes: Offsets, lengths: Offsets, room: int) -> tuple[Offsets, Offsets]:
    """For each word the number of its window in its text, and the tokens before it there; windows are filled."""
    begins = np.cumsum(lengths) - lengths
    before = np.cumsum(sizes) - sizes
    within = before - np.repeat(before[begins], lengths)
    window = np.zeros(len(sizes), dtype=np.int64)
    totals = np.add.reduceat(sizes, begins)
    for text in np.flatnonzero(totals > room).tolist():
        number = used = 0
        for word in range(begins[text], begins[text] + lengths[text]):
            if used + sizes[word] > room:
                number, used = number + 1, 0
            window[word], within[word] = number, used
            used += sizes[word]
    return window, within


def words_in(dataset: Dataset, rows: Rows) -> Iterator[tuple[list[str], Offsets]]:
    """Batches of the words of ``rows``, one after the other, and how many each row has."""
    content, offsets = dataset.features["word"], dataset.features["word" + OFFSETS]
    tags = dataset.features["tag" + OFFSETS]
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        chosen = rows[begin : begin + ROWS_AT_ONCE]
        words: list[str] = []
        for first, end in zip(tags[chosen].tolist(), tags[chosen + 1].tolist(), strict=True):
            bounds = offsets[first : end + 1].tolist()
            text = content[bounds[0] : bounds[-1]].tobytes()
            words += [text[a - bounds[0] : b - bounds[0]].decode() for a, b in pairwise(bounds)]
        yield words, tags[chosen + 1] - tags[chosen]


def fit_on_words(dataset: Dataset, train: Rows, spec: TextConfig) -> TextTokenizer:
    """The tokenizer of ``spec`` with the vocabulary of the words of the rows ``train``."""
    return TextTokenizer.fit(spec, (words for words, _ in words_in(dataset, train)))


def tokenize_words(dataset: Dataset, tokenizer: TextTokenizer) -> WordTokens:
    """The tokens of all rows."""
    parts = [lay_out(tokenizer, *batch) for batch in words_in(dataset, np.arange(dataset.compiled.rows))]
    sizes = np.cumsum([0, *(len(part.ids) for part in parts)])
    return WordTokens(
        ids=np.concatenate([part.ids for part in parts]),
        offsets=np.concatenate([[0], *(part.offsets[1:] + size for part, size in zip(parts, sizes, strict=False))]),
        at=np.concatenate([part.at + size for part, size in zip(parts, sizes, strict=False)]),
    )


def tags_of(dataset: Dataset, rows: Rows) -> npt.NDArray[np.int32]:
    """The tags of ``rows``, one after the other."""
    offsets = np.asarray(dataset.features["tag" + OFFSETS])
    tags: npt.NDArray[np.int32] = np.asarray(dataset.features["tag"])[
        spans(offsets[rows], offsets[rows + 1] - offsets[rows])
    ]
    return tags


def tag_coverage(
    dataset: Dataset, tokens: WordTokens, train: Rows, tokenizer: TextTokenizer, *, knows: bool
) -> Coverage:
    """Coverage of the tokens and tags of the rows ``train``; ``knows``: what the network read before is unbounded."""
    lengths = tokens.lengths[train]
    met = tokens_counted(tokens.ids, tokens.offsets[train], lengths, vocabulary=tokenizer.vocabulary)
    counts = np.bincount(tags_of(dataset, train), minlength=len(dataset.compiled.classes))
    return Coverage(
        unmet_tokens=() if knows else tuple(np.flatnonzero(met == 0).tolist()),
        class_shares=tuple((counts / counts.sum()).tolist()),
        longest=min(int(lengths.max()), tokenizer.max_length),
    )


def windows_remark(tokens: WordTokens, tokenizer: TextTokenizer) -> tuple[str, ...]:
    """A sentence where texts are too long to be read at once."""
    long = tokens.lengths > tokenizer.max_length
    if not long.any():
        return ()
    windows = math.ceil(int(tokens.lengths.max()) / tokenizer.max_length)
    sentence = (
        f"{int(long.sum()):,} texts have more than {tokenizer.max_length:,} tokens and are read in windows of so many, "
        f"up to {windows:,} a text: a word is tagged by those of its window. Raise text.max_length for longer ones."
    )
    return (sentence,)


class TagSource:
    """Batches on ``device``: token ids int32 (batch, length), as long as the longest, and tags int64 likewise."""

    def __init__(self, dataset: Dataset, tokens: WordTokens, device: torch.device) -> None:
        self._device = device
        self._tokens = tokens
        # One more than a tag's number, so that what stands behind an end is 0 as padding is.
        self._tags = np.zeros(len(tokens.ids), dtype=np.int32)
        self._tags[tokens.at] = np.asarray(dataset.features["tag"]) + 1

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        for begin in range(first * size, len(rows), size):
            chosen = rows[begin : begin + size]
            starts, lengths = self._tokens.offsets[chosen], self._tokens.lengths[chosen]
            ids, tags = (padded(values, starts, lengths) for values in (self._tokens.ids, self._tags))
            target = torch.from_numpy(tags).to(self._device).long() - 1
            yield Batch(raw=(torch.from_numpy(ids).to(self._device),), target=target)
