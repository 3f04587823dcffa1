"""Decodes the files of an archive on every core that this process may use."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from trainyard_engine.ingest.limits import MIB
from trainyard_engine.ingest.parallel import mapped_by_threads

CHUNK_FILES = 64
CHUNK_BYTES = 4 * MIB
"""A chunk of files goes to a decoding thread at this many files, or bytes packed or decoded."""

NamedFile = tuple[str, bytes]
Decoded = TypeVar("Decoded")


def decode_all(
    files: Iterable[NamedFile], decode: Callable[[bytes], Decoded], *, decoded_size: Callable[[str], int]
) -> Iterator[tuple[str, Decoded]]:
    """``decode`` of each content by name, in order, a few chunks at a time; it works outside Python's lock.

    ``decoded_size`` tells the bytes that a file becomes.
    """

    def decode_chunk(chunk: list[NamedFile]) -> list[tuple[str, Decoded]]:
        return [(name, decode(content)) for name, content in chunk]

    for decoded in mapped_by_threads(decode_chunk, _chunks(files, decoded_size)):
        yield from decoded


def _chunks(files: Iterable[NamedFile], decoded_size: Callable[[str], int]) -> Iterator[list[NamedFile]]:
    chunk: list[NamedFile] = []
    size = 0
    for name, content in files:
        chunk.append((name, content))
        size += max(len(content), decoded_size(name))
        if len(chunk) == CHUNK_FILES or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
