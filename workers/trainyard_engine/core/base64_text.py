"""Files written as base64 text (RFC 4648), in every way in which programs write it."""

import base64
import re

DATA_URL = "data:image/png;base64,"
"""How a data URL (RFC 2397) begins, for example."""
BEGINNING = re.compile(r"\s*data:([^,]*),", re.IGNORECASE)
WHITE_SPACE = re.compile(r"\s+")
ADDRESS = re.compile(r"\s*(https?|file|s3|gs)://", re.IGNORECASE)
SHOWN_CHARACTERS = 20


def decoded(text: str) -> bytes:
    """The bytes that ``text`` spells: by the standard alphabet or the one for URLs, with padding or without, in lines
    or in one, bare or as a data URL.

    Raises ``ValueError`` whose text completes "It is not base64 text: …".
    """
    if ADDRESS.match(text):
        raise ValueError("it is an address, and nothing is fetched from addresses")
    beginning = BEGINNING.match(text)
    if beginning and not beginning[1].lower().endswith(";base64"):
        raise ValueError("it is a data URL of another encoding")
    written = WHITE_SPACE.sub("", text[beginning.end() :] if beginning else text)
    bare = written.rstrip("=").translate(str.maketrans("-_", "+/"))
    stranger = re.search(r"[^A-Za-z0-9+/]", bare)
    if stranger:
        raise ValueError(f"it holds {stranger[0]!r} behind {written[: stranger.start()][-SHOWN_CHARACTERS:]!r}")
    if not bare or len(bare) % 4 == 1:
        raise ValueError("it is empty" if not bare else "it is cut off")
    return base64.b64decode(bare + "=" * (-len(bare) % 4))
