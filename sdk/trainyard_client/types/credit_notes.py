"""Answers about credit notes. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer


class CreditNote(Answer):
    id: str
    number: str
    invoice_id: str
    invoice_number: str
    line: int | None
    """Position of the credited invoice line, if it is about one line."""
    reason: str
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    created_at: datetime
