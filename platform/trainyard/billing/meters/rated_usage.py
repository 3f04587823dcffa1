"""A rated event before it is stored."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trainyard.billing.meters.models import MeteredUsage


@dataclass
class RatedUsage:
    """The fields of a ``MeteredUsage`` without the model instance, whose construction takes longer than the rating."""

    id: str
    organization_id: str
    kind: MeteredUsage.Kind
    subject: str
    dedupe_key: str
    quantity_nano: int
    unit: str
    unit_price: Decimal
    price_id: str
    currency: str
    carry_pico: int
    amount_micros: int
    free_reason: str
    made_by: str
    started_at: datetime
    ended_at: datetime
    created_at: datetime
