"""Formats of settings beyond plain numbers and names."""

import base64
import binascii
from collections.abc import Iterable

MASTER_KEY_BYTES = 32
SCHEMES = {
    "database_url": ("postgresql", "postgres", "sqlite"),
    "application_database_url": ("postgresql", "postgres"),
    "redis_url": ("redis", "rediss", "unix"),
    "cache_url": ("redis", "rediss", "unix"),
    "blob_url": ("s3", "file"),
}
"""What the addresses of stores may begin with."""


def decoded_keys(texts: Iterable[str]) -> tuple[bytes, ...]:
    """The master keys that ``texts`` spell in base64; empty ones are left out. Raises ``ValueError``."""
    keys = []
    for text in filter(None, map(str.strip, texts)):
        try:
            keys.append(base64.b64decode(text, validate=True))
        except binascii.Error:
            keys.append(b"")
        if len(keys[-1]) != MASTER_KEY_BYTES:
            raise ValueError(f"each key must be {MASTER_KEY_BYTES} bytes in base64: openssl rand -base64 32 makes one")
    return tuple(keys)
