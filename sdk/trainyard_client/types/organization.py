"""Answers about organization. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import InvitationState, Role


class BillingProfile(Answer):
    """What an organization wants on its invoices. Changes count from the next one on."""

    legal_name: str | None
    address_line1: str | None
    address_line2: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    """ISO 3166-1, such as DE."""
    vat_id: str | None
    """Checked by its rules."""
    email: str | None
    time_zone: str | None
    """IANA; of the months of invoices."""


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
