"""Answers about invoices. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import InvoiceLineKind, InvoiceState
from trainyard_client.types.shared import Dispute


class Period(Answer):
    start: datetime
    end: datetime
    """End of the period, exclusive."""
    month: str
    """Calendar month in `time_zone`, such as 2026-11."""
    time_zone: str


class Evidence(Answer):
    """Journal fact: `body` has the attempt, its interval, the price, and the checkpoint that holds the work."""

    sequence: int
    kind: str
    subject: str
    """Id of the usage record."""
    occurred_at: datetime
    body: Any
    hash: str


class LineUsage(Answer):
    """Usage behind the line; `url` lists its records."""

    records: int
    first_at: datetime
    last_at: datetime
    url: str


class InvoiceLine(Answer):
    """Line of an invoice with its disputes."""

    disputes: list[Dispute]
    """Disputes of the line, newest first."""
    disputable: Decimal
    """Amount of the line that can still be disputed, tax included."""
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of dispute."""
    position: int
    kind: InvoiceLineKind
    description: str
    subject: str
    """Id of the job, model or plan, or kind of storage."""
    job_name: str | None
    """Name of the job when the invoice was finalized; null for other lines."""
    pool: str
    quantity: str
    """Quantity, an exact decimal."""
    unit: str
    unit_price: str
    """Price of one unit, an exact decimal."""
    price_id: str
    """Id of the price version."""
    contract_id: str
    """Id of the contracted price or discount, if one applied."""
    charged: Decimal
    """Amount charged, in micro-units."""
    amount: Decimal
    """`charged`, rounded once, half-even, to the smallest unit of the currency."""
    late_for: str
    """Closed month to which this late usage belongs; else empty."""
    usage: LineUsage


class InvoiceTax(Answer):
    category: str
    """Tax category by UNTDID 5305: S standard, Z zero, AE reverse charge, O not subject to tax."""
    percent: str
    country: str
    base: Decimal
    amount: Decimal
    """Tax, rounded once, half-even, for the whole base."""
    wording: str
    """Legally required wording, such as that of reverse charge."""


class JournalBounds(Answer):
    """Bounds of the journal entries that are on the invoice."""

    to: int | None
    hash: str
    previous_to: int
    previous_end: datetime | None


class Party(Answer):
    """Legal data of a party when the invoice was finalized; a draft has none."""

    name: str | None
    legal_name: str | None
    address_line1: str | None
    address_line2: str | None
    postal_code: str | None
    city: str | None
    country: str | None
    vat_id: str | None
    email: str | None
    registration_number: str | None
    iban: str | None
    bic: str | None


class Invoice(Answer):
    """Invoice of one calendar month. A draft has the lines so far, without tax."""

    id: str
    number: str
    """Invoice number; empty while the invoice is a draft."""
    state: InvoiceState
    period: Period
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal
    """Amount that credit did not pay."""
    paid: Decimal
    """Part of `due` that has been paid."""
    credited: Decimal
    """Sum of its credit notes."""
    created_at: datetime
    finalized_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    replaces: str | None
    """The void invoice that this one replaces."""
    seller: Party
    buyer: Party
    taxes: list[InvoiceTax]
    rounding: Decimal
    """Sum of the rounded lines minus what was charged."""
    paid_from_credit: Decimal
    payable: Decimal
    journal: JournalBounds
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of dispute."""
    lines: list[InvoiceLine]


class InvoiceSummary(Answer):
    """Invoice without its lines."""

    id: str
    number: str
    """Invoice number; empty while the invoice is a draft."""
    state: InvoiceState
    period: Period
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal
    """Amount that credit did not pay."""
    paid: Decimal
    """Part of `due` that has been paid."""
    credited: Decimal
    """Sum of its credit notes."""
    created_at: datetime
    finalized_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    replaces: str | None
    """The void invoice that this one replaces."""
