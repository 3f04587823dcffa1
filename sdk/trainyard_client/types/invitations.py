"""Answers about invitations. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role


class OpenInvitation(Answer):
    """The part of an invitation that its link shows to anybody who has it."""

    organization: str
    email: str
    role: Role
    expires_at: datetime
    has_account: bool
    """Whether the invited address has an account: log in, else sign up."""
