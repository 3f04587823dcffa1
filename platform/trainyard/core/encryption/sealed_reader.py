"""Random access to an encrypted blob, with read-ahead for sequential reads.

AES releases the interpreter lock: another thread decrypts the next part while the previous one is hashed or sent.
"""

import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

from trainyard.core.encryption.sealed import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES, BlobDamaged, Cipher, Header
from trainyard.core.seekable import SeekableReader

SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
MOST_CHUNKS = 8
"""In one window: opening it takes some ten times as long as telling another thread to."""
READ_AHEAD_FROM = 4
"""Chunks in a window. Who reads less has asked for a part, and might never read on."""
THREADS = 4


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="sealed")


@dataclass(frozen=True, slots=True)
class _Window:
    """``content`` of ``count`` chunks from the number ``first`` on."""

    first: int
    count: int
    content: memoryview


class SealedReader(SeekableReader):
    """The content of an encrypted blob, to be read from anywhere; in memory are a few chunks.

    Parameters
    ----------
    file
        The encrypted blob, seekable.
    key
        The organization's key that ``header`` names.
    """

    def __init__(self, file: IO[bytes], header: Header, *, key: bytes, place: str) -> None:
        body = file.seek(0, io.SEEK_END) - HEADER_BYTES
        file.seek(HEADER_BYTES)
        self._count = max(-(-body // SEALED_BYTES), 1)
        super().__init__(size=body - self._count * TAG_BYTES)
        self._file = file
        self._cipher = Cipher(header, key=key, place=place)
        self._window = _Window(0, 0, memoryview(b""))
        self._ahead: Future[_Window] | None = None
        self._at = 0

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes, fewer only at the end. Raises ``BlobDamaged``."""
        return b"".join(self._parts(self._size if size is None or size < 0 else size))

    def readinto(self, buffer: Any) -> int:
        """As many bytes as fit, fewer only at the end. Raises ``BlobDamaged``."""
        into, done = memoryview(buffer).cast("B"), 0
        for part in self._parts(len(into)):
            into[done : done + len(part)] = part
            done += len(part)
        return done

    def _parts(self, size: int) -> Iterator[memoryview]:
        if self._size <= 0:
            self._opened(0)  # an empty blob, too, is the one that was stored
        end = min(self._position + size, self._size)
        while self._position < end:
            number, start = divmod(self._position, CHUNK_BYTES)
            window = self._opened(number)
            start += (number - window.first) * CHUNK_BYTES
            part = window.content[start : start + end - self._position]
            self._position += len(part)
            yield part

    def close(self) -> None:
        with suppress(BlobDamaged, OSError):
            self._taken()
        self._file.close()
        super().close()

    def _opened(self, number: int) -> _Window:
        held = self._window
        if held.first <= number < held.first + held.count:
            return held
        is_next = number == held.first + held.count
        ahead = self._taken()
        if ahead is not None and ahead.first == number:
            self._window = ahead
        else:
            self._window = self._open(number, min(2 * held.count, MOST_CHUNKS) if is_next and held.count else 1)
        following = number + self._window.count
        if is_next and self._window.count >= READ_AHEAD_FROM and following < self._count:
            self._ahead = _threads().submit(self._open, following, MOST_CHUNKS)
        return self._window

    def _taken(self) -> _Window | None:
        """What was read ahead; nobody else touches the file afterwards."""
        ahead, self._ahead = self._ahead, None
        return None if ahead is None else ahead.result()

    def _open(self, first: int, count: int) -> _Window:
        """Up to ``count`` chunks from ``first`` on."""
        count = min(count, self._count - first)
        if first != self._at:
            self._file.seek(HEADER_BYTES + first * SEALED_BYTES)
        sealed = memoryview(self._file.read(count * SEALED_BYTES))
        self._at = first + count
        content = memoryview(bytearray(max(len(sealed) - count * TAG_BYTES, 0)))
        for each in range(count):
            chunk = sealed[each * SEALED_BYTES : (each + 1) * SEALED_BYTES]
            opened = content[each * CHUNK_BYTES : (each + 1) * CHUNK_BYTES]
            self._check(first + each, chunk, opened)
            self._cipher.open_into(opened, first + each, chunk, is_last=first + each == self._count - 1)
        return _Window(first, count, content)

    def _check(self, number: int, chunk: memoryview, opened: memoryview) -> None:
        if len(chunk) != len(opened) + TAG_BYTES or (not opened and self._size > 0):
            raise BlobDamaged(f"chunk {number} of an encrypted blob is cut off")
