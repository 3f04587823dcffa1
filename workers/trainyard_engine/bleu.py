"""How near translations are to given ones."""

import math
import re
from collections import Counter

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

    def result(self) -> float:
        """From 0 to 1: the geometric mean of the shares of runs that the references have too, less if too short."""
        if not all(self._matches):
            return 0.0
        shares = (math.log(found / runs) for found, runs in zip(self._matches, self._runs, strict=True))
        return math.exp(sum(shares) / LONGEST + min(1 - self._expected / self._written, 0.0))


def words_of(text: str) -> list[str]:
    """The words and signs of ``text``, as NIST's script mteval-v13a separates them."""
    text = f" {text} "
    for sign, spaced in SPACED:
        text = sign.sub(spaced, text)
    return text.split()


def _runs(words: list[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[first:] for first in range(length)), strict=False))
