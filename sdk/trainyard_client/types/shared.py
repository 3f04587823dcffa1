"""Answers that are about several things. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Account, DisputeState, LedgerKind, OrganizationState, Outcome, Role


class Advantage(Answer):
    """By how much a metric is better than a baseline's: positive is better, whatever the metric's direction."""

    absolute: float
    relative: float | None
    low: float | None
    high: float | None


class Baseline(Answer):
    name: str
    value: float
    is_guess: bool
    rows: int


class Dispute(Answer):
    id: str
    invoice_id: str
    line: int
    amount: Decimal
    currency: str
    reason: str
    state: DisputeState
    decision: str
    credit_note_id: str | None
    created_at: datetime
    decided_at: datetime | None


class Sign(Answer):
    code: str
    message: str


class Verdict(Answer):
    outcome: Outcome
    metric: str
    higher_is_better: bool
    value: float
    examples: int
    baselines: list[Baseline]
    best_baseline: str
    better_by: Advantage
    signs: list[Sign]
    sentence: str


class LedgerEntry(Answer):
    account: Account
    amount: Decimal
    """Signed: what the account gained."""
    currency: str


class LedgerTransaction(Answer):
    """The entries of a transaction sum to zero."""

    id: str
    kind: LedgerKind
    description: str
    job_id: str
    """Empty where no job is the cause."""
    created_at: datetime
    entries: list[LedgerEntry]


class Organization(Answer):
    id: str
    name: str
    state: OrganizationState
    requires_second_factor: bool
    """Of every member who acts for it in a browser."""
    created_at: datetime


class Member(Answer):
    id: str
    user_id: str
    email: str
    name: str
    role: Role
    created_at: datetime


class OwnOrganization(Answer):
    """An organization of the person who asks."""

    id: str
    name: str
    state: OrganizationState
    role: Role
    joined_at: datetime
