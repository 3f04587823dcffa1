"""Answers about prices. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import SlotKind


class Rate(Answer):
    """Cost of one slot-second for the organization from `effective_from` on, by list price and contract."""

    id: str
    """Id of the list price."""
    per_slot_second: Decimal
    """Price charged per slot-second."""
    list_per_slot_second: Decimal
    preemptible: bool
    contract_id: str | None
    """Id of the contracted price; null: list price."""
    percent_off: Decimal | None
    currency: str
    effective_from: datetime


class PoolPrice(Answer):
    """A pool with its present price (null: none yet) and the announced prices."""

    pool_id: str
    pool: str
    """Name of the pool, for a spec's `resources.pool`."""
    slot_kind: SlotKind
    largest_worker: int
    """Slots of its largest worker, the maximum of `resources.slots`; 0 without workers."""
    price: Rate | None
    """On-demand price."""
    preemptible_price: Rate | None
    """Price of jobs with `resources.preemptible`; by default the on-demand price."""
    upcoming: list[Rate]
