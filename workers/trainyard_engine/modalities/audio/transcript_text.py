"""Normalized transcripts: letters, digits and apostrophes, in lower case.

This module must stay importable without torch.
"""

import unicodedata

APOSTROPHES = str.maketrans("’ʼ", "''")
SPOKEN = "LMN"
"""First letters of the Unicode categories that are kept: letters, marks and numbers."""


def normalized(text: str) -> str:
    """``text`` in NFC and lower case; every other sign is a space, and of several spaces one stays."""
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower()).translate(APOSTROPHES)
    kept = (sign if sign == "'" or unicodedata.category(sign)[0] in SPOKEN else " " for sign in lowered)
    return " ".join("".join(kept).split())
