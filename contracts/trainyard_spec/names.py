"""Normalization of names that people type, such as those of columns, to text that a database can store."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

UNSTORABLE = "A text may not hold the character NUL or half a character (a lone surrogate)."
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
INVISIBLE = str.maketrans("", "", "\u200b\u2060\ufeff\u00ad")
"""Signs without width that say nothing: those that join or part letters are not among them."""


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
