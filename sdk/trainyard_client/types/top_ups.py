"""Answers about top ups. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import PaymentKind, PaymentState


class Payment(Answer):
    id: str
    kind: PaymentKind
    state: PaymentState
    amount: Decimal
    refunded: Decimal
    reversed: Decimal
    """What a bank has taken back of it."""
    currency: str
    provider: str
    checkout_url: str
    """Where a person goes to pay; empty where nobody has to."""
    error: str
    """Why it failed; empty otherwise."""
    created_at: datetime
    settled_at: datetime | None
