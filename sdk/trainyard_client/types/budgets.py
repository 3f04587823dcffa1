"""Answers about budgets. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer


class Budget(Answer):
    id: str
    name: str
    amount: Decimal
    """Of a calendar month (UTC)."""
    spent: Decimal
    """Charged for usage in this month."""
    alert_percents: list[int]
    is_hard: bool
    """Jobs stop with a checkpoint before it is passed."""
    created_at: datetime
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of change, delete."""
