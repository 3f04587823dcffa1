"""Answers about invitations. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role


class OpenInvitation(Answer):
    """What whoever holds the link may know."""

    organization: str
    email: str
    role: Role
    expires_at: datetime
    has_account: bool
    """Whether to log in with this address, or to sign up."""
