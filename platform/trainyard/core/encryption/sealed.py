"""The form of an encrypted blob: a header, then chunks of AES-256-GCM, so that any part can be read by itself.

This is the STREAM construction (V. T. Hoang et al., "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", 2015): a chunk's nonce holds its number and whether it is the last one, so that none can be left
out, moved or cut off. Each blob has a key of its own, derived by HKDF-SHA256 (RFC 5869) from the organization's key, a
random salt and the blob's place, so that no nonce repeats and no blob can be put in another's place.
"""

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trainyard.core.seekable import SeekableReader

MAGIC = b"TYSEAL1\n"
KEY_ID_BYTES = 32
SALT_BYTES = 16
HEADER_BYTES = len(MAGIC) + KEY_ID_BYTES + SALT_BYTES
CHUNK_BYTES = 2**18
TAG_BYTES = 16
NUMBER_BYTES = 11


class BlobDamaged(OSError):
    """An encrypted blob is not what was stored: altered, cut off, or put in another's place."""


@dataclass(frozen=True, slots=True)
class Header:
    """``key_id`` names the key of the organization."""

    key_id: str
    salt: bytes

    @classmethod
    def new(cls, key_id: str) -> "Header":
        return cls(key_id, os.urandom(SALT_BYTES))

    @classmethod
    def parse(cls, start: bytes) -> "Header | None":
        """The header that ``start`` is, or ``None`` for the beginning of a blob that is not encrypted."""
        if len(start) < HEADER_BYTES or not start.startswith(MAGIC):
            return None
        key_id = start[len(MAGIC) : len(MAGIC) + KEY_ID_BYTES].rstrip(b"\0")
        return cls(key_id.decode("ascii", "replace"), start[-SALT_BYTES:])

    def __bytes__(self) -> bytes:
        return MAGIC + self.key_id.encode().ljust(KEY_ID_BYTES, b"\0") + self.salt


class Cipher:
    """Seals and opens the chunks of one blob, which lies at ``place``."""

    def __init__(self, header: Header, *, key: bytes, place: str) -> None:
        derived = HKDF(SHA256(), 32, salt=header.salt, info=f"trainyard blob {place}".encode()).derive(key)
        self._aead = AESGCM(derived)
        self._header = bytes(header)

    def seal(self, number: int, chunk: bytes | memoryview, *, is_last: bool) -> bytes:
        return self._aead.encrypt(_nonce(number, is_last=is_last), chunk, self._header)

    def open(self, number: int, sealed: bytes, *, is_last: bool) -> bytes:
        """Raises ``BlobDamaged``."""
        try:
            return self._aead.decrypt(_nonce(number, is_last=is_last), sealed, self._header)
        except InvalidTag:
            raise BlobDamaged(f"chunk {number} of an encrypted blob is not what was stored") from None


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(NUMBER_BYTES, "big") + bytes([is_last])


def seal(chunks: Iterable[bytes], *, header: Header, key: bytes, place: str) -> Iterator[bytes]:
    """The encrypted blob of the content ``chunks``, which may have any sizes."""
    cipher, number = Cipher(header, key=key, place=place), 0
    yield bytes(header)
    waiting = b""
    for chunk in chunks:
        content = memoryview(waiting + chunk if waiting else chunk)
        # At least one byte stays behind: the last chunk must be known to be the last.
        whole = max(len(content) - 1, 0) // CHUNK_BYTES
        for start in range(0, whole * CHUNK_BYTES, CHUNK_BYTES):
            yield cipher.seal(number, content[start : start + CHUNK_BYTES], is_last=False)
            number += 1
        waiting = bytes(content[whole * CHUNK_BYTES :])
    yield cipher.seal(number, waiting, is_last=True)


class SealedReader(SeekableReader):
    """The content of an encrypted blob, to be read from anywhere; in memory is one chunk.

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
        self._count = max(-(-body // (CHUNK_BYTES + TAG_BYTES)), 1)
        super().__init__(size=body - self._count * TAG_BYTES)
        self._file = file
        self._cipher = Cipher(header, key=key, place=place)
        self._chunk, self._number, self._next = b"", -1, 0

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes, fewer only at the end. Raises ``BlobDamaged``."""
        left = max(self._size - self._position, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        parts = []
        while wanted > 0:
            number, start = divmod(self._position, CHUNK_BYTES)
            part = self._opened(number)[start : start + wanted]
            parts.append(part)
            self._position += len(part)
            wanted -= len(part)
        if not parts and self._size <= 0:
            self._opened(0)  # an empty blob, too, is the one that was stored
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _opened(self, number: int) -> bytes:
        if number != self._number:
            if number != self._next:
                self._file.seek(HEADER_BYTES + number * (CHUNK_BYTES + TAG_BYTES))
            sealed = self._file.read(CHUNK_BYTES + TAG_BYTES)
            self._chunk = self._cipher.open(number, sealed, is_last=number == self._count - 1)
            if not self._chunk and self._size > 0:
                raise BlobDamaged(f"chunk {number} of an encrypted blob is empty")
            self._number, self._next = number, number + 1
        return self._chunk
