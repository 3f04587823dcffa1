"""Bearer secrets: random, shown once, stored as a hash.

A plain SHA-256 is enough because a secret has 256 random bits: there is nothing to guess slowly.
"""

import hashlib
import secrets
from dataclasses import dataclass

SHOWN_PREFIX_LENGTH = 16
TINKER_ALIAS = "tml-"
"""Before an API key, it makes a key that the ``tinker`` client takes; it names the same key."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A new secret. ``value`` goes to its owner and is never stored; ``prefix`` may be shown later."""

    value: str
    prefix: str
    sha256: str


def new_secret(kind: str) -> Secret:
    """A secret that begins with ``kind``, for example ``ty_live_``."""
    value = f"{kind}{secrets.token_urlsafe(32)}"
    return Secret(value=value, prefix=value[:SHOWN_PREFIX_LENGTH], sha256=digest(value))


def digest(value: str) -> str:
    """The hex SHA-256 under which a secret is stored and looked up."""
    return hashlib.sha256(value.encode()).hexdigest()
