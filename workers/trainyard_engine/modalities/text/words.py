"""Word segmentation: where the words of a text stand that a tag is told of."""

from collections.abc import Sequence
from functools import cache

from tokenizers import Regex, pre_tokenizers

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
"""Scripts without spaces between words: each sign is a word."""
SIGN = r"[^\p{L}\p{M}\p{N}]"

Span = tuple[int, int]
"""Characters of a text: from the first on, to before the second."""


def words_of(text: str) -> list[Span]:
    """The words of ``text``: runs of letters and digits, and every other sign that is not white space by itself."""
    return [span for _, span in _splitter().pre_tokenize_str(text)]


def spans_of(words: Sequence[str], *, between: str) -> list[Span]:
    """Where ``words`` stand in the text that they make, joined by ``between``."""
    spans, at = [], 0
    for word in words:
        spans.append((at, at + len(word)))
        at += len(word) + len(between)
    return spans


@cache
def _splitter() -> pre_tokenizers.PreTokenizer:
    parts = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(f"{UNSPACED}|{SIGN}"), "isolated")]
    return pre_tokenizers.Sequence(parts)
