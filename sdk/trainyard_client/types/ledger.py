"""Answers about ledger. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Account, LedgerKind


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
