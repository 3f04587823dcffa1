"""Answers about audit events. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer


class AuditEvent(Answer):
    id: str
    actor: str
    """Id of the user or API key."""
    actor_name: str
    """Name or e-mail address of the actor; empty for the platform itself."""
    action: str
    target: str
    target_name: str
    """Present name, address or number of the target; empty if it is gone or has none."""
    address: str
    """Network address of the caller; empty for changes by the platform itself."""
    before: dict[str, Any]
    """Changed fields with their old values."""
    after: dict[str, Any]
    """Changed fields with their new values."""
    details: dict[str, Any]
    sequence: int
    """Gap-free number within the organization, from 1."""
    hash: str
    """SHA-256 of this event and, by the hash chain, all earlier ones."""
    created_at: datetime
