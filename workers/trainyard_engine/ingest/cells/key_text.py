"""Names of what a row belongs to, in one form: ``1``, ``1.0``, ``"1"`` and ``"1.0"`` are the same."""

import re

WHOLE_NUMBER = re.compile(r"([-+]?\d+)\.0*")


def key_of(text: str) -> str:
    """``text``, a whole number in it without its point; ``"007"`` stays what it is."""
    whole = WHOLE_NUMBER.fullmatch(text)
    return whole[1] if whole else text
