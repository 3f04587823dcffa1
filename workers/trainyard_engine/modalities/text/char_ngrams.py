"""From texts to the character n-grams of their words, weighted by inverse document frequency."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Self

import numpy as np
import numpy.typing as npt

from trainyard_engine.modalities.text.tokenizer import LEAST_COUNT, LONGEST_TOKEN, PADDING, SPECIAL_TOKENS, UNK_ID
from trainyard_spec.texts import TextConfig

NAME = "char_ngrams"
WORD = re.compile(rf"\w{{1,{LONGEST_TOKEN}}}|[^\w\s]{{1,{LONGEST_TOKEN}}}")
"""The words of the other tokenizer, too."""
MOST_COUNTED = 1_000_000
"""Different n-grams that are counted at once; when there are more, the rarer half is forgotten."""
BEGINNING = json.dumps({"type": NAME})[:-1]
"""Of what it is written as."""
WORDS_REMEMBERED = 1 << 16

Lengths = tuple[int, int]
"""The fewest and the most characters of an n-gram."""


class CharNgramTokenizer:
    """A text is the set of its words and of the n-grams of characters in each, lower-case, with a space at both ends.

    It is the bag of scikit-learn's ``char_wb``, with the words themselves as in fastText (Bojanowski et al., 2017).
    ``frequencies`` are, of each n-gram in the order of its ids, the training texts that hold it, of so many ``texts``.
    """

    def __init__(
        self, *, lengths: tuple[int, int], max_length: int, texts: int, frequencies: Mapping[str, int]
    ) -> None:
        self.max_length = max_length
        """Most words of a text that are kept."""
        self._lengths, self._texts, self._frequencies = lengths, texts, dict(frequencies)
        self._ids = {ngram: place for place, ngram in enumerate(frequencies, start=len(SPECIAL_TOKENS))}
        # Texts repeat their words: what each is made of is found once.
        self._ids_in = lru_cache(WORDS_REMEMBERED)(self._ids_of_word)

    @property
    def vocabulary(self) -> int:
        """How many ids there are."""
        return len(SPECIAL_TOKENS) + len(self._ids)

    @property
    def weights(self) -> tuple[float, ...]:
        """ln((1 + texts) / (1 + texts with the n-gram)) + 1 for each id, smoothed as scikit-learn does; 0 for what is
        no n-gram."""
        rarities = (math.log((1 + self._texts) / (1 + count)) + 1 for count in self._frequencies.values())
        return (*(0.0 for _ in SPECIAL_TOKENS), *rarities)

    @property
    def special(self) -> frozenset[int]:
        """Ids that say nothing of a text: padding and what is unknown."""
        return frozenset({PADDING, UNK_ID})

    def encode(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The different ids of each of ``texts``, ascending, one text after the other, int32, and how many each has,
        int64 (texts,), at least 1: a text without any known n-gram becomes one unknown token."""
        ids = [self._ids_of_text(text) or [UNK_ID] for text in texts]
        lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(ids))
        return np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=int(lengths.sum())), lengths

    def parts(self, text: str) -> list[tuple[int, slice]]:
        """Every word of the whole ``text``: its id, unknown unless training met it often, and where it stands."""
        return [(self._ids.get(_spelled(found[0]), UNK_ID), slice(*found.span())) for found in WORD.finditer(text)]

    def to_json(self) -> str:
        """All that it is made of."""
        return json.dumps(
            {
                "type": NAME,
                "ngram_range": self._lengths,
                "max_length": self.max_length,
                "texts": self._texts,
                "document_frequencies": self._frequencies,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ``ValueError`` unless ``to_json`` has written ``text``."""
        try:
            found = json.loads(text)
            shortest, longest = found["ngram_range"]
            return cls(
                lengths=(shortest, longest),
                max_length=found["max_length"],
                texts=found["texts"],
                frequencies=found["document_frequencies"],
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"it is no tokenizer: {error}") from error

    @classmethod
    def fit(cls, spec: TextConfig, texts: Iterable[Sequence[str]]) -> Self:
        """Learns the n-grams that most of the texts hold, at least ``LEAST_COUNT``: a function of both alone."""
        lengths = spec.ngram_range
        counts: Counter[str] = Counter()
        ngrams_of = lru_cache(WORDS_REMEMBERED)(lambda word: tuple(_ngrams(word, lengths)))
        seen = 0
        for text in chain.from_iterable(texts):
            seen += 1
            ngrams = chain.from_iterable(map(ngrams_of, _words(text, spec.max_length)))
            counts.update(dict.fromkeys(ngrams).keys())  # not a set: its order differs between processes
            if len(counts) > MOST_COUNTED:
                counts = Counter(dict(counts.most_common(MOST_COUNTED // 2)))
        often = sorted((-count, ngram) for ngram, count in counts.items() if count >= LEAST_COUNT)
        kept = {ngram: -count for count, ngram in often[: spec.vocabulary - len(SPECIAL_TOKENS)]}
        return cls(lengths=lengths, max_length=spec.max_length, texts=seen, frequencies=kept)

    def _ids_of_text(self, text: str) -> list[int]:
        return sorted(set(chain.from_iterable(map(self._ids_in, _words(text, self.max_length)))))

    def _ids_of_word(self, word: str) -> tuple[int, ...]:
        return tuple(self._ids[ngram] for ngram in _ngrams(word, self._lengths) if ngram in self._ids)


def wrote(text: str) -> bool:
    """Whether ``text``, a tokenizer as JSON, is one of these."""
    return text.startswith(BEGINNING)


def _words(text: str, most: int) -> list[str]:
    return [_spelled(word) for word in WORD.findall(text)[:most]]


def _spelled(word: str) -> str:
    """Compatibility forms and case are folded; spaces tell where a word begins and ends."""
    return f" {unicodedata.normalize('NFKC', word).lower()} "


def _ngrams(word: str, lengths: Lengths) -> Iterator[str]:
    """The word, and all its n-grams of these lengths but for single spaces."""
    yield word
    for length in range(lengths[0], lengths[1] + 1):
        for begin in range(len(word) - length + 1):
            if (ngram := word[begin : begin + length]) != " ":
                yield ngram
