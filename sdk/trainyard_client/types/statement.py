"""Answers about statement. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import LedgerKind


class Movement(Answer):
    id: str
    at: datetime
    kind: LedgerKind
    description: str
    amount: Decimal
    """Signed change of the balance; positive in the customer's favour."""
    balance: Decimal


class Statement(Answer):
    opening_balance: Decimal
    closing_balance: Decimal
    currency: str
    movements: list[Movement]
