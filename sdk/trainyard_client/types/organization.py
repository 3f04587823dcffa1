"""Answers about organization. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import ExportState, InvitationState, Role
from trainyard_client.types.shared import Plan


class BillingProfile(Answer):
    """Buyer data on the organization's invoices. Changes apply from the next invoice on."""

    legal_name: str | None
    address_line1: str | None
    address_line2: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    """ISO 3166-1 alpha-2 code, such as DE."""
    vat_id: str | None
    """VAT identification number, validated by the rules of its country."""
    email: str | None
    time_zone: str | None
    """IANA time zone of the invoiced months."""


class Deletion(Answer):
    id: str
    organization_id: str
    requested_by: str
    """Id of the user or API key."""
    requested_at: datetime
    finished_at: datetime | None
    receipt: dict[str, Any] | None
    """What was erased and what was kept; null until the deletion is done."""


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
    """Actions that its state and the caller's role and scopes allow, of resend, revoke."""


class PlanInForce(Answer):
    """Subscription of the organization; without a plan all fields are null or 0."""

    plan: Plan | None
    next_plan: Plan | None
    """Plan from `paid_until` on; null: the plan ends then."""
    started_at: datetime | None
    paid_from: datetime | None
    paid_until: datetime | None
    """End of the paid month, when the next is charged."""
    included_slot_hours: float
    """Slot-hours included in the present month."""
    used_slot_hours: float
    """Used part of the included slot-hours."""


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
    """Actions that its state and the caller's role and scopes allow, of resend, revoke."""
    link: str | None
    """Link, sent by e-mail and shown in this response only; null in replays by an Idempotency-Key."""


class SupportAccess(Answer):
    """Read-only access of a platform operator to the organization (impersonation)."""

    id: str
    operator: str
    """Id of the operator."""
    reason: str
    opened_at: datetime
    ends_at: datetime
    closed_at: datetime | None
    """When it was ended early; else null."""
