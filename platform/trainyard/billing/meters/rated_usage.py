"""A rated event before it is a row."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trainyard.billing.meters.models import MeteredUsage


@dataclass
class RatedUsage:
    """What ``MeteredUsage`` will have. To make one of those takes longer than to rate it."""

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
