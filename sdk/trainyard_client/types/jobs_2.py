"""Answers about jobs. Written by ``scripts/client_types.py``."""

from decimal import Decimal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import LimitedBy
from trainyard_client.types.jobs import ResolvedTraining


class QuoteEstimate(Answer):
    """From the slowest to the fastest of the organization's own earlier jobs that are alike."""

    basis: str
    """How the estimate was made, in a sentence."""
    seconds_low: float
    seconds_high: float
    cost_low: Decimal
    cost_high: Decimal


class QuoteMemory(Answer):
    needed_bytes: int
    """At the least; part of it is known only once training starts."""
    slot_bytes: int | None
    """The most that a worker has; null without one."""
    fits: bool | None
    """If not, batches are computed in smaller parts."""


class Quote(Answer):
    pool: str
    slots: int
    per_slot_second: Decimal
    currency: str
    """ISO 4217."""
    estimate: QuoteEstimate | None
    """Null when nothing alike was trained before."""
    cap: Decimal
    """Held at submission; the job never costs more."""
    available: Decimal
    """What the wallet can spend now."""
    training: ResolvedTraining
    """Epochs, batch size and schedule, by about as many examples."""
    limited_by: LimitedBy
    """The limit of the spec that sets the cap."""
    memory: QuoteMemory | None
    """Null for architectures that are not counted."""
    affordable: bool
    """Whether the wallet covers the cap."""
    stops_early: bool | None
    """Whether the estimate passes a limit, at which the job stops with a checkpoint."""
