"""Answers about organization. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import ExportState, InvitationState, Role
from trainyard_client.types.shared import Plan


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


class Deletion(Answer):
    id: str
    organization_id: str
    requested_by: str
    """Id of the user or API key."""
    requested_at: datetime
    finished_at: datetime | None
    receipt: dict[str, Any] | None
    """What was erased and what stays; null until then."""


class Export(Answer):
    id: str
    state: ExportState
    requested_by: str
    """Id of the user or API key."""
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    """When its file is deleted."""
    bytes: int | None
    sha256: str
    error: str


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
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of resend, revoke."""


class PlanInForce(Answer):
    """What the organization is on; without a plan all is null or 0."""

    plan: Plan | None
    next_plan: Plan | None
    """From paid_until on; null: none, the plan ends then."""
    started_at: datetime | None
    paid_from: datetime | None
    paid_until: datetime | None
    """The next month is charged then."""
    included_slot_hours: float
    """Of the present month."""
    used_slot_hours: float
    """Of those included."""


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
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of resend, revoke."""
    link: str | None
    """Shown this once, and sent; null where an Idempotency-Key replays the answer."""


class SupportAccess(Answer):
    """A time that an operator of the platform looked at the organization."""

    id: str
    operator: str
    """Id of the operator."""
    reason: str
    opened_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    """When it was ended before its time; else null."""
