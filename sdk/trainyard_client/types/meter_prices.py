"""Answers about meter prices. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import MeterPriceKind


class MeterPrice(Answer):
    """Price of one unit of storage or predictions. A meter without a price is free."""

    id: str
    kind: MeterPriceKind
    unit: str
    """GB-hour of storage; call or second of predictions."""
    per_unit: Decimal
    currency: str | None
    effective_from: datetime | None
    """Start of validity; by default now."""
