"""Answers about meter prices. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import MeterPriceKind


class MeterPrice(Answer):
    """What a unit of storage or predictions costs. What has no price is free."""

    id: str
    kind: MeterPriceKind
    unit: str
    """GB-hour of storage; call or second of predictions."""
    per_unit: Decimal
    currency: str | None
    effective_from: datetime | None
    """From now on unless told."""
