"""Answers about api keys. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role


class ApiKey(Answer):
    id: str
    name: str
    prefix: str
    """How the secret begins."""
    role: Role
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
