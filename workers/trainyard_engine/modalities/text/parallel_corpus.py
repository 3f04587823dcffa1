"""Texts with their translations, as token ids in batches that are as long as their longest text."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.coverage import Coverage, tokens_counted, writing_coverage
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.text.dataset import Ids, Offsets, TokenArrays, stored_tokens, texts_of, tokenize
from trainyard_engine.modalities.text.known_tokens import TokenShares, known_tokens
from trainyard_engine.modalities.text.special_ids import SpecialIds
from trainyard_engine.modalities.text.tokenizer import TextTokenizer
from trainyard_spec.texts import TextConfig

ARRAYS = ("text", "translation")


class Pair(NamedTuple):
    """``source`` int (batch, places) is translated, ``given`` int (batch, tokens) what is written of it so far."""

    source: Tensor
    given: Tensor


class TranslationEncoder:
    """Token ids of texts and of translations, both int32 (batch, length), to a ``Pair``."""

    def __init__(self, tokenizer: TextTokenizer) -> None:
        self.shape: tuple[int, ...] = (tokenizer.max_length,)

    def __call__(self, raw: tuple[Tensor, ...]) -> Pair:
        source, given = raw
        return Pair(source, given)


class CoveredPairEncoder(TranslationEncoder):
    """Encoder that translates a text without any known token by how often each token was there in training."""

    def __init__(self, tokenizer: TextTokenizer, coverage: Coverage, device: torch.device) -> None:
        super().__init__(tokenizer)
        self._is_known = torch.from_numpy(known_tokens(tokenizer, coverage)).to(device)
        self._shares = TokenShares(coverage, device)

    def hedged(
        self, raw: tuple[Tensor, ...], outputs: Tensor, *, ask: Callable[[tuple[Tensor, ...]], Tensor], objective: Any
    ) -> Tensor:
        """See ``Hedging``."""
        source, given = raw
        is_unknown = ~self._is_known[source.long()].any(dim=1, keepdim=True)
        return self._shares.written_into(outputs, is_unknown.expand(given.shape))


class PairTokens(NamedTuple):
    """Tokens of all rows. Translations stand between what they are written after and what ends them."""

    texts: TokenArrays
    translations: TokenArrays


def tokenize_pairs(dataset: Dataset, tokenizer: TextTokenizer, special: SpecialIds) -> PairTokens:
    """The tokens of all texts, cut to the tokenizer's length, and of all translations, whole."""
    translations = texts_of(dataset, np.arange(dataset.compiled.rows), "translation")
    framed = (_framed(*_coded(*tokenizer.encode(batch, whole=True), special), special) for batch in translations)
    return PairTokens(tokenize(dataset, tokenizer), stored_tokens(framed))


def pair_coverage(tokens: PairTokens, train: Rows, tokenizer: TextTokenizer) -> Coverage:
    """Coverage of the texts that the rows ``train`` read, and of the translations that they write."""
    texts, translations = tokens
    starts, begins = texts.offsets[train], translations.offsets[train] + 1
    return writing_coverage(
        tokens_counted(texts.ids, starts, texts.offsets[train + 1] - starts, vocabulary=tokenizer.vocabulary),
        tokens_counted(
            translations.ids,
            begins,
            np.minimum(translations.offsets[train + 1] - begins, tokenizer.max_length),
            vocabulary=tokenizer.vocabulary,
        ),
    )


def fit_on_pairs(dataset: Dataset, train: Rows, spec: TextConfig) -> TextTokenizer:
    """One tokenizer of ``spec`` for both sides of the rows ``train``."""
    return TextTokenizer.fit(spec, chain(*(texts_of(dataset, train, name) for name in ARRAYS)), writes=True)


class PairSource:
    """Batches on ``device``: tokens of texts and of translations, int32, and the one after each of the latter, int64.

    A translation begins after the start of ``special`` and ends with its end, unless it is longer than ``max_length``
    with it: what is cut off has no end.
    """

    def __init__(self, tokens: PairTokens, max_length: int, device: torch.device, special: SpecialIds) -> None:
        self._device = device
        self._padding = special.padding
        self._longest = max_length
        self._texts, self._translations = tokens

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, from batch number ``first`` on."""
        for begin in range(first * size, len(rows), size):
            chosen = rows[begin : begin + size]
            source = self._rows(self._texts, chosen, self._longest)
            framed = self._rows(self._translations, chosen, self._longest + 1)
            yield Batch(raw=(source, framed[:, :-1]), target=framed[:, 1:].long())

    def _rows(self, tokens: TokenArrays, chosen: Rows, longest: int) -> Tensor:
        starts = tokens.offsets[chosen]
        lengths = np.minimum(tokens.offsets[chosen + 1] - starts, longest)
        return torch.from_numpy(padded(tokens.ids, starts, lengths, padding=self._padding)).to(self._device)


def _coded(ids: Ids, lengths: Offsets, special: SpecialIds) -> tuple[Ids, Offsets]:
    """With the code of the language that is written, where the tokenizer has put that of what is read first."""
    if special.language is not None:
        ids[np.cumsum(lengths) - lengths] = special.language
    return ids, lengths


def _framed(ids: Ids, lengths: Offsets, special: SpecialIds) -> tuple[Ids, Offsets]:
    """With the start before each text, and the end behind each that the tokenizer has not ended itself."""
    ends = np.cumsum(lengths)
    is_open = ids[ends - 1] != special.end
    places = np.concatenate((ends - lengths, ends[is_open]))
    tokens = np.repeat([special.start, special.end], (len(ends), is_open.sum())).astype(np.int32)
    # Sorted by place: where one text ends and the next begins, that end stands before this start.
    order = np.lexsort((np.arange(len(places)) < len(ends), places))
    return np.insert(ids, places[order], tokens[order]), lengths + 1 + is_open
