"""Answers about invoices. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import InvoiceLineKind, InvoiceState


class Period(Answer):
    start: datetime
    end: datetime
    """Not included."""
    month: str
    """Of the calendar in `time_zone`, such as 2026-11."""
    time_zone: str


class Evidence(Answer):
    """One fact of the journal: `body` has the attempt, the interval, its price, and what holds the work."""

    sequence: int
    kind: str
    subject: str
    """The usage record."""
    occurred_at: datetime
    body: Any
    hash: str


class LineUsage(Answer):
    """What the line was added up from; `url` opens it, record by record."""

    records: int
    first_at: datetime
    last_at: datetime
    url: str


class InvoiceLine(Answer):
    position: int
    kind: InvoiceLineKind
    description: str
    subject: str
    """The job, model, kind of storage or plan."""
    job_name: str | None
    """Of the job, when the invoice was finalized; null of all else."""
    pool: str
    quantity: str
    """An exact decimal number."""
    unit: str
    unit_price: str
    """For one unit, an exact decimal number."""
    price_id: str
    """The version of the price."""
    contract_id: str
    """Of the contract that changed it, if one did."""
    charged: Decimal
    """As it was charged, in micro-units."""
    amount: Decimal
    """`charged`, rounded once to the smallest unit, half to even."""
    late_for: str
    """The closed month that this usage is of; else empty."""
    usage: LineUsage


class InvoiceTax(Answer):
    category: str
    """UNTDID 5305: S standard, Z zero, AE reverse charge, O not subject."""
    percent: str
    country: str
    base: Decimal
    amount: Decimal
    """Rounded once for the whole base, half to even."""
    wording: str
    """What the law wants said, such as of reverse charge."""


class JournalBounds(Answer):
    to: int | None
    hash: str
    previous_to: int
    previous_end: datetime | None


class Party(Answer):
    """Legal data as they were when the invoice was finalized; a draft has none."""

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
    """One calendar month. A draft's lines are those so far, without tax."""

    id: str
    number: str
    """Empty while it is a draft."""
    state: InvoiceState
    period: Period
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal
    """What was not paid from credit."""
    paid: Decimal
    """Of what was due."""
    credited: Decimal
    """By credit notes."""
    created_at: datetime
    finalized_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    replaces: str | None
    """The void invoice before it."""
    seller: Party
    buyer: Party
    taxes: list[InvoiceTax]
    rounding: Decimal
    """By how much the lines are more than was charged."""
    paid_from_credit: Decimal
    payable: Decimal
    journal: JournalBounds
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of dispute."""
    lines: list[InvoiceLine]


class InvoiceSummary(Answer):
    """Without its lines."""

    id: str
    number: str
    """Empty while it is a draft."""
    state: InvoiceState
    period: Period
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    due: Decimal
    """What was not paid from credit."""
    paid: Decimal
    """Of what was due."""
    credited: Decimal
    """By credit notes."""
    created_at: datetime
    finalized_at: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    voided_at: datetime | None
    replaces: str | None
    """The void invoice before it."""
