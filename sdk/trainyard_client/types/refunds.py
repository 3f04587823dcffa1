"""Answers about refunds. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import RefundState


class Refund(Answer):
    id: str
    payment_id: str
    state: RefundState
    amount: Decimal
    currency: str
    error: str
    """Why it failed; empty otherwise."""
    created_at: datetime
    ended_at: datetime | None


class RefundPage(Answer):
    next_cursor: str | None
    """Pass it as `cursor` to get the next page; null on the last."""
    data: list[Refund]
    most_refundable: str
    """Unused paid credit that no job reserves, whole in the smallest unit of the currency."""


class Refunds(Answer):
    """One refund for each payment that it comes from."""

    data: list[Refund]
