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
    """Why it failed, else empty."""
    created_at: datetime
    ended_at: datetime | None


class RefundPage(Answer):
    next_cursor: str | None
    """Cursor of the next page, to be passed as `cursor`; null on the last page."""
    data: list[Refund]
    most_refundable: str
    """Maximum refund: unused paid credit that no job reserves, in whole smallest units of the currency."""


class Refunds(Answer):
    """Refunds, one for each payment that they come from."""

    data: list[Refund]
