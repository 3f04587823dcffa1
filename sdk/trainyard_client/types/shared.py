"""Answers that are about several things. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Account, LedgerTransactionKind, OrganizationState, Outcome, Role


class Wallet(Answer):
    available: Decimal
    """May be spent."""
    held: Decimal
    """Reserved by jobs."""
    spent: Decimal
    """Used so far."""
    currency: str


class Price(Answer):
    """Rules from ``effective_from`` until the pool's next price."""

    id: str
    per_slot_second: Decimal
    currency: str
    effective_from: datetime


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


class IssuedApiKey(Answer):
    id: str
    name: str
    prefix: str
    """How the secret begins."""
    role: Role
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    secret: str | None
    """Shown this once; null where an Idempotency-Key replays the answer."""


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
    kind: LedgerTransactionKind
    description: str
    job_id: str
    """Empty where no job is the cause."""
    created_at: datetime
    entries: list[LedgerEntry]


class Organization(Answer):
    id: str
    name: str
    state: OrganizationState
    created_at: datetime
