"""Answers about prices. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import SlotKind


class Rate(Answer):
    id: str
    """Of the list price."""
    per_slot_second: Decimal
    """What is charged."""
    list_per_slot_second: Decimal
    preemptible: bool
    contract_id: str | None
    """Of the contracted price; null: list price."""
    percent_off: Decimal | None
    currency: str
    effective_from: datetime


class PoolPrice(Answer):
    """A pool, what it costs now (null: not priced yet) and the prices announced."""

    pool_id: str
    pool: str
    """Its name, as a spec's `resources.pool` has it."""
    slot_kind: SlotKind
    largest_worker: int
    """Slots of its largest worker: what `resources.slots` may be at most; 0 while it has none."""
    price: Rate | None
    """On demand."""
    preemptible_price: Rate | None
    """Of jobs with resources.preemptible; the on-demand price where there is no other."""
    upcoming: list[Rate]
