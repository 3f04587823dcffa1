"""Secrets that the platform must be able to read again, encrypted at rest (Fernet: AES-128-CBC with HMAC-SHA256).

For what is only compared, store a hash instead (``secrets``).
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SecretUnreadable(Exception):
    """It was sealed under another ``TRAINYARD_SECRET_KEY``."""


def seal(value: str, *, purpose: str) -> str:
    """``value`` as it may be stored; only ``unseal`` with the same ``purpose`` opens it."""
    return _cipher(purpose).encrypt(value.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Raises ``SecretUnreadable``."""
    try:
        return _cipher(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable(f"a secret ({purpose}) was stored under another secret key") from None


def _cipher(purpose: str) -> Fernet:
    key = hashlib.sha256(f"{purpose} {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
