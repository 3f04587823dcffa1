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
    """Amount that the bank has taken back."""
    currency: str
    provider: str
    checkout_url: str
    """URL where a person pays; empty if nobody has to."""
    error: str
    """Why it failed, else empty."""
    created_at: datetime
    settled_at: datetime | None
