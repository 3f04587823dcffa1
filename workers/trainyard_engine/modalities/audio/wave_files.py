"""WAV files as tools leave them: sizes that were never filled in, 64-bit forms, padding forgotten.

This module must stay importable without torch.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = (b"RIFF", b"RIFX", b"RF64")
W64_MAGIC = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
W64_BEGIN = 40
"""Where the first chunk begins: behind the GUID of the file, its size and the GUID of its type."""
UNKNOWN_SIZE = 1 << 28
"""Bytes. Who writes into a pipe cannot know a size and states one that no file has: 0xFFFFFFFF, 0x7FFFFFFF, a thousand
million samples. No recording that may be uploaded is as large."""
IDENTIFIER = re.compile(rb"[ -~]{4}")


class CutOff(Exception):
    """The file ends before the samples that it says it has; the text says where."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """``size`` is what it says of itself, whether or not the file has as much."""

    identifier: bytes
    begin: int
    size: int


def completed(content: bytes) -> bytes:
    """``content`` if its sizes are right, or no WAV; else a plain WAV of the same samples, all up to the file's end.

    Raises ``CutOff`` when it holds fewer samples than it states, and what it states is not for want of knowing.
    """
    found = list(_chunks(content))
    chunks = {chunk.identifier: chunk for chunk in found}
    form, data = chunks.get(b"fmt "), chunks.get(b"data")
    if form is None or data is None:
        return content
    size = _data_size(content, data, chunks.get(b"ds64"))
    available = len(content) - data.begin
    if size is None or size == available + 1:  # some count a byte of padding that they do not write
        size = available
    if size > available:
        raise CutOff(f"it is cut off after {len(content):,} of {data.begin + size:,} bytes")
    if data.size == size and _is_plain(content, found[:-1]):
        return content
    head = content[:4] if content.startswith(MAGIC[:2]) else MAGIC[0]
    order = ">" if head == b"RIFX" else "<"
    body = b"WAVE"
    for identifier, begin, length in ((b"fmt ", form.begin, form.size), (b"data", data.begin, size)):
        body += identifier + struct.pack(f"{order}I", length) + content[begin : begin + length] + b"\0" * (length % 2)
    return head + struct.pack(f"{order}I", len(body)) + body


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Chunks of a WAV in any form; those up to the samples, which may be taken to reach the end of the file."""
    if content.startswith(W64_MAGIC):
        place, heading, order = W64_BEGIN, 24, "<16xQ"
    elif content.startswith(MAGIC) and content[8:12] == b"WAVE":
        place, heading, order = 12, 8, ">4xI" if content.startswith(b"RIFX") else "<4xI"
    else:
        return
    while place + heading <= len(content):
        (size,) = struct.unpack_from(order, content, place)
        chunk = Chunk(content[place : place + 4], place + heading, size if heading == 8 else max(0, size - heading))
        yield chunk
        if chunk.identifier == b"data":
            return
        place = _behind(content, chunk, alignment=2 if heading == 8 else 8)


def _behind(content: bytes, chunk: Chunk, *, alignment: int) -> int:
    """Where the next chunk begins; some forget the padding of an odd one."""
    end = chunk.begin + chunk.size
    padded = end + -end % alignment
    is_forgotten = content[end : end + 4] in (b"data", b"fmt ", b"fact", b"LIST")
    return end if is_forgotten else padded


def _data_size(content: bytes, data: Chunk, wide: Chunk | None) -> int | None:
    """Bytes of the samples; ``None`` where the writer did not know."""
    size = data.size
    if wide is not None and size == 0xFFFF_FFFF and len(content) >= wide.begin + 16:
        (size,) = struct.unpack_from("<Q", content, wide.begin + 8)
    if size >= UNKNOWN_SIZE or (size == 0 and not _ends_in_chunks(content, data.begin)):
        return None
    return size


def _ends_in_chunks(content: bytes, place: int) -> bool:
    """Whether all from ``place`` on is chunks: of a recording without samples, and not samples themselves."""
    while place + 8 <= len(content) and IDENTIFIER.match(content, place):
        place += 8 + int.from_bytes(content[place + 4 : place + 8], "little")
        place += place % 2
    return place >= len(content)


def _is_plain(content: bytes, before: list[Chunk]) -> bool:
    """Whether the decoder reads the samples as they are; the padding of an odd chunk may be forgotten."""
    order = ">I" if content.startswith(b"RIFX") else "<I"
    (size,) = struct.unpack_from(order, content, 4)
    is_whole = content.startswith(MAGIC[:2]) and abs(size + 8 - len(content)) <= 1
    return is_whole and all(chunk.size % 2 == 0 for chunk in before)
