"""Answers about budgets. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer


class Budget(Answer):
    id: str
    name: str
    amount: Decimal
    """Budget per calendar month (UTC)."""
    spent: Decimal
    """Usage charged in the present month."""
    alert_percents: list[int]
    is_hard: bool
    """Whether jobs stop with a checkpoint before the budget is exceeded."""
    created_at: datetime
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of change, delete."""
