"""Master keys: they wrap the keys of organizations, and never leave their store.

``MasterKeys`` is the port; ``LocalMasterKeys`` holds them in memory, from a file or the environment. A key management
service offers the same two operations.
"""

import base64
import os
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
ID_CHARACTERS = 16


class MasterKeyMissing(RuntimeError):
    """A key was wrapped by a master key that this process does not have."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A wrapped key, and the id of the master key that unwraps it."""

    content: bytes
    master_id: str


class MasterKeys(Protocol):
    @property
    def current_id(self) -> str:
        """The id of the master key that wraps from now on."""

    def wrap(self, key: bytes, *, bound_to: str) -> Wrapped:
        """``key`` under the current master key; only who names ``bound_to`` again unwraps it."""

    def unwrap(self, wrapped: Wrapped, *, bound_to: str) -> bytes:
        """Raises ``MasterKeyMissing``."""


class LocalMasterKeys:
    """AES-256-GCM under the first of ``keys``; the others, which were first earlier, can still unwrap."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = {sha256(key).hexdigest()[:ID_CHARACTERS]: AESGCM(key) for key in keys}

    @property
    def current_id(self) -> str:
        return next(iter(self._keys))

    def wrap(self, key: bytes, *, bound_to: str) -> Wrapped:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self.current_id].encrypt(nonce, key, bound_to.encode())
        return Wrapped(nonce + sealed, self.current_id)

    def unwrap(self, wrapped: Wrapped, *, bound_to: str) -> bytes:
        master = self._keys.get(wrapped.master_id)
        if master is None:
            raise MasterKeyMissing(
                f"A key of {bound_to} is wrapped by the master key {wrapped.master_id}, which is not among those of "
                "TRAINYARD_MASTER_KEYS and TRAINYARD_MASTER_KEY_FILE."
            )
        nonce, sealed = wrapped.content[:NONCE_BYTES], wrapped.content[NONCE_BYTES:]
        try:
            return master.decrypt(nonce, sealed, bound_to.encode())
        except InvalidTag:
            raise MasterKeyMissing(f"A key of {bound_to} is not what the master key wrapped.") from None


def new_master_key() -> str:
    """32 random bytes in base64, as the settings take them."""
    return base64.b64encode(os.urandom(32)).decode()


@cache
def master_keys() -> MasterKeys | None:
    """Master keys that the settings name, or ``None``: then nothing is encrypted."""
    keys: tuple[bytes, ...] = settings.ENVIRONMENT.effective_master_keys
    return LocalMasterKeys(keys) if keys else None
