"""Corpus BLEU (Papineni et al. 2002)."""

import re
from collections import Counter

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LONGEST = 4
"""Words of the longest runs that are compared."""
SPACED = (
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


class Bleu:
    """Corpus BLEU of Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation" (ACL 2002).

    Runs of one to four words, one reference each, not smoothed.
    """

    def __init__(self) -> None:
        self._matches = [0] * LONGEST
        self._runs = [0] * LONGEST
        self._written = self._expected = 0

    def add(self, translation: str, reference: str) -> None:
        written, expected = words_of(translation), words_of(reference)
        self._written += len(written)
        self._expected += len(expected)
        for place in range(LONGEST):
            found, known = _runs(written, place + 1), _runs(expected, place + 1)
            self._matches[place] += (found & known).total()
            self._runs[place] += found.total()

    @property
    def sums(self) -> tuple[int, ...]:
        """All that ``bleu_of`` needs; those of several texts add up."""
        return *self._matches, *self._runs, self._written, self._expected

    def result(self) -> float:
        """See ``bleu_of``."""
        return float(bleu_of(np.array(self.sums, dtype=np.float64)))


def bleu_of(sums: Floats) -> Floats:
    """(…,) of ``Bleu.sums`` float64 (…, sums).

    From 0 to 1: the geometric mean of the shares of runs that the references have too, less if too short.
    """
    matches, runs, (written, expected) = sums[..., :LONGEST], sums[..., LONGEST:-2], np.moveaxis(sums[..., -2:], -1, 0)
    is_any = matches.min(axis=-1) > 0
    shares = np.log(np.where(matches.min(axis=-1, keepdims=True) > 0, matches / np.maximum(runs, 1), 1.0)).mean(axis=-1)
    found: Floats = np.where(is_any, np.exp(shares + np.minimum(1 - expected / np.maximum(written, 1), 0.0)), 0.0)
    return found


def words_of(text: str) -> list[str]:
    """The words and signs of ``text``, as NIST's script mteval-v13a separates them."""
    text = f" {text} "
    for sign, spaced in SPACED:
        text = sign.sub(spaced, text)
    return text.split()


def _runs(words: list[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[first:] for first in range(length)), strict=False))
