"""Format of an encrypted blob: a header, then chunks of AES-256-GCM, so that any range can be read alone.

This is the STREAM construction (V. T. Hoang et al., "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", 2015): a chunk's nonce contains its number and whether it is the last one, so that none can be
removed, moved or cut off. Each blob has its own key, derived by HKDF-SHA256 (RFC 5869) from the organization's key, a
random salt and the blob's path, so that no nonce repeats and no blob can be moved to another path.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"TYSEAL1\n"
KEY_ID_BYTES = 32
SALT_BYTES = 16
HEADER_BYTES = len(MAGIC) + KEY_ID_BYTES + SALT_BYTES
CHUNK_BYTES = 2**18
TAG_BYTES = 16
NUMBER_BYTES = 11


class BlobDamaged(OSError):
    """The encrypted blob was altered, truncated or moved to another path."""


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
    """Encrypts and decrypts the chunks of the blob at ``place``."""

    def __init__(self, header: Header, *, key: bytes, place: str) -> None:
        derived = HKDF(SHA256(), 32, salt=header.salt, info=f"trainyard blob {place}".encode()).derive(key)
        self._aead = AESGCM(derived)
        self._header = bytes(header)

    def seal(self, number: int, chunk: bytes | memoryview, *, is_last: bool) -> bytes:
        return self._aead.encrypt(_nonce(number, is_last=is_last), chunk, self._header)

    def open_into(self, content: memoryview, number: int, sealed: memoryview, *, is_last: bool) -> None:
        """Opens the chunk into ``content``, which is as long as it. Raises ``BlobDamaged``."""
        try:
            self._aead.decrypt_into(_nonce(number, is_last=is_last), sealed, self._header, content)
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
