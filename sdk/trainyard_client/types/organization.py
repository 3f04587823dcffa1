"""Answers about organization. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import InvitationState, Role


class Invitation(Answer):
    id: str
    email: str
    role: Role
    state: InvitationState
    invited_by: str
    """Id of the user or API key."""
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    accepted_at: datetime | None


class SentInvitation(Answer):
    id: str
    email: str
    role: Role
    state: InvitationState
    invited_by: str
    """Id of the user or API key."""
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    link: str | None
    """Shown this once, and sent; null where an Idempotency-Key replays the answer."""
