"""Answers about wallet. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer


class Expiry(Answer):
    at: datetime
    amount: Decimal
    """Expires then, but for what jobs hold."""


class Wallet(Answer):
    available: Decimal
    """May be spent, with what may be owed."""
    held: Decimal
    """Reserved by jobs."""
    spent: Decimal
    """Used so far."""
    paid: Decimal
    """Paid credit that is left, with what jobs hold of it."""
    promotional: Decimal
    """Promotional credit likewise; it is used first."""
    owed: Decimal
    """Used beyond the credit, or taken back by a bank once used."""
    credit_limit: Decimal
    """What may be owed at most."""
    next_expiry: Expiry | None
    """Of credit; null: none expires."""
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
    """One is saved, which automatic top-ups can charge."""
    currency: str
