"""Answers about prices. Written by ``scripts/client_types.py``."""

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import SlotKind
from trainyard_client.types.shared import Price


class PoolPrice(Answer):
    """A pool, what it costs now (null: not priced yet) and the prices announced."""

    pool_id: str
    pool: str
    """Its name, as a spec's `resources.pool` has it."""
    slot_kind: SlotKind
    largest_worker: int
    """Slots of its largest worker: what `resources.slots` may be at most; 0 while it has none."""
    price: Price | None
    upcoming: list[Price]
