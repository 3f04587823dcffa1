"""Cuts long texts where a reader would pause. This module must stay importable without torch."""

import re
from collections.abc import Iterable, Iterator

PARAGRAPH_END = re.compile(rb"\n[ \t\r]*\n")
CONTINUES = 0x80
"""What the two highest bits of a byte are that does not begin a character in UTF-8."""


def pieces(blocks: Iterable[bytes], *, size: int) -> Iterator[bytes]:
    """``blocks`` of UTF-8, one after the other, in pieces of ``size`` to twice ``size`` bytes, or less at the end.

    A piece ends with the first paragraph that ends in this range, else with the first line, else with the last word,
    else anywhere between two characters. ``size`` is at least 4. Together the pieces are the blocks.
    """
    rest = b""
    for block in blocks:
        rest += block
        begin = 0
        while len(rest) - begin > 2 * size:
            end = _end(rest, begin + size, begin + 2 * size)
            yield rest[begin:end]
            begin = end
        rest = rest[begin:]
    if rest:
        yield rest


def _end(data: bytes, first: int, last: int) -> int:
    """Where to cut ``data``: after ``first`` and not after ``last``."""
    paragraph = PARAGRAPH_END.search(data, first, last)
    if paragraph:
        return paragraph.end()
    line = data.find(b"\n", first, last)
    if line >= 0:
        return line + 1
    space = data.rfind(b" ", first, last)
    if space >= 0:
        return space + 1
    return next((end for end in range(last, last - 4, -1) if data[end] & 0xC0 != CONTINUES), last)
