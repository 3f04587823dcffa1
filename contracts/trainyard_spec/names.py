"""Texts that people type: names of columns in one form, and what a database can hold."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

UNSTORABLE = "A text may not hold the character NUL or half a character (a lone surrogate)."
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
INVISIBLE = str.maketrans("", "", "\u200b\u2060\ufeff\u00ad")
"""Signs without width that say nothing: those that join or part letters are not among them."""


LONGEST_MISSPELT = 200


@lru_cache(maxsize=20_000)
def column_name(name: str) -> str:
    """``name`` in Unicode's form NFC, without invisible signs; runs of white space are one blank, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", name.translate(INVISIBLE)).split())


def is_storable(text: str) -> bool:
    """Whether a database can hold ``text``: no NUL character, and no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or _UNSTORABLE.search(text) is None)


def storable(text: str) -> str:
    """``text`` with U+FFFD, the replacement character, for what a database cannot hold."""
    return text if is_storable(text) else _UNSTORABLE.sub("\ufffd", text)


def unstorable_in(value: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of the texts and keys in ``value``, plain JSON, that are not ``is_storable``; safe to show."""
    if isinstance(value, str):
        if not is_storable(value):
            yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            shown = key if is_storable(key) else repr(key)[1:-1]
            at = f"{path}.{shown}".lstrip(".")
            yield from [at] if shown is not key else unstorable_in(item, at)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from unstorable_in(item, f"{path}.{index}".lstrip("."))


def near_name(wrong: str, valid: Iterable[str]) -> str | None:
    """The one of ``valid`` that ``wrong`` was likely meant to be: at most a third of its signs are other ones.

    Nor are more of any of its words: ``image_segmentation`` is no ``image_regression``.

    ``None`` for a text that is longer than ``LONGEST_MISSPELT``: comparing takes the square of it.
    """
    if len(wrong) > LONGEST_MISSPELT:
        return None
    folded = {name.casefold(): name for name in valid}
    for found in get_close_matches(wrong.casefold(), folded, n=3, cutoff=0.6):
        if _is_near(wrong.casefold(), found):
            return folded[found]
    return None


def _is_near(wrong: str, found: str) -> bool:
    if 3 * _edits(wrong, found) > max(len(wrong), len(found)):
        return False
    words, found_words = wrong.split("_"), found.split("_")
    return len(words) != len(found_words) or all(
        _edits(word, other) <= max(1, max(len(word), len(other)) // 3)
        for word, other in zip(words, found_words, strict=True)
    )


def _edits(one: str, other: str) -> int:
    """Signs to put in, leave out or change, or neighbours to swap, to make one text of the other (Damerau, 1964)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
