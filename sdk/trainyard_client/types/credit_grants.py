"""Answers about credit grants. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import CreditGrantKind


class CreditGrant(Answer):
    """Credit grant. Grants are used in the order of priority, expiry and age."""

    id: str
    kind: CreditGrantKind
    priority: int
    """Priority; grants with a lower number are used first."""
    amount: Decimal
    remaining: Decimal
    """Unused amount, including what jobs have reserved of it."""
    expires_at: datetime | None
    created_at: datetime
