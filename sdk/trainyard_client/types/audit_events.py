"""Answers about audit events. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer


class AuditEvent(Answer):
    id: str
    actor: str
    """Id of the user or API key."""
    actor_name: str
    """Their name, or address; empty for the platform itself."""
    action: str
    target: str
    address: str
    """The network address of whoever called; empty where nobody did."""
    before: dict[str, Any]
    """The values that were changed."""
    after: dict[str, Any]
    """What they became."""
    details: dict[str, Any]
    sequence: int
    """Counts the organization's events without gaps, from 1."""
    hash: str
    """SHA-256 over this event and all before it."""
    created_at: datetime
