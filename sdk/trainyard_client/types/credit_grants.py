"""Answers about credit grants. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import CreditGrantKind


class CreditGrant(Answer):
    """Used up in the order of priority, expiry and age."""

    id: str
    kind: CreditGrantKind
    priority: int
    """The lower is used first."""
    amount: Decimal
    remaining: Decimal
    """With what jobs hold of it."""
    expires_at: datetime | None
    created_at: datetime
