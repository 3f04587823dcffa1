"""Parsing of numbers in headers, queries and file paths."""

import re

_WHOLE = re.compile(r"0*([0-9]{1,18})")


def whole_number(text: str) -> int | None:
    """The number that ``text`` spells by at most 18 digits; ``None`` for anything else: no database holds more."""
    found = _WHOLE.fullmatch(text)
    return int(found.group(1)) if found else None
