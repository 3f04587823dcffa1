"""Answers about wallet. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer


class Expiry(Answer):
    at: datetime
    amount: Decimal
    """Amount that expires then, except what jobs have reserved of it."""


class Wallet(Answer):
    available: Decimal
    """Available balance, including the unused credit limit."""
    held: Decimal
    """Reserved by jobs."""
    spent: Decimal
    """Spent so far."""
    paid: Decimal
    """Remaining paid credit, including what jobs have reserved."""
    promotional: Decimal
    """Remaining promotional credit, which is used first, including what jobs have reserved."""
    owed: Decimal
    """Debt: usage beyond the credit, or chargebacks of spent payments."""
    credit_limit: Decimal
    """Most that may be owed."""
    next_expiry: Expiry | None
    """Next expiry of credit; null: no credit expires."""
    currency: str


class AutoTopUpShown(Answer):
    threshold: Decimal
    amount: Decimal
    monthly_limit: Decimal


class WalletSettingsShown(Answer):
    auto_top_up: AutoTopUpShown | None
    auto_resume: bool
    low_balance: Decimal | None
    has_payment_method: bool
    """Whether a payment method is saved that automatic top-ups can charge."""
    currency: str
