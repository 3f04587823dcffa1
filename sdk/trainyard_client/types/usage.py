"""Answers about usage. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer


class UsageGroup(Answer):
    key: str
    """Id of the pool, job, or user or key; empty: all others together."""
    name: str
    amount: Decimal
    slot_seconds: float


class UsageOfDay(Answer):
    day: str
    """On which the usage was booked, in `time_zone`."""
    key: str
    amount: Decimal
    slot_seconds: float


class UsageRecord(Answer):
    """Kept slot-seconds of one attempt at one price."""

    id: str
    job_id: str
    job_name: str
    attempt_id: str
    pool_id: str
    pool: str
    slots: int
    started_at: datetime
    ended_at: datetime
    seconds: float
    """Of training, exact to the microsecond; times `slots` is billed."""
    unit_price: Decimal
    """For one slot and second."""
    amount: Decimal
    """By how much the rounded total of the attempt at this price grew: a line is rounded once."""
    currency: str
    billed_by: str
    """The checkpoint or model that holds this work."""
    kept_by: str
    """Earlier name of `billed_by`, which says the same."""
    created_at: datetime


class UsageTotals(Answer):
    """Over everything that the filter selects, not over the page alone."""

    slot_seconds: float
    amount: Decimal
    currency: str


class UsagePage(Answer):
    next_cursor: str | None
    """Pass it as `cursor` to get the next page; null on the last."""
    data: list[UsageRecord]
    totals: UsageTotals


class UsageSummary(Answer):
    amount: Decimal
    slot_seconds: float
    currency: str
    time_zone: str
    """IANA; that of the organization's billing profile."""
    groups: list[UsageGroup]
    """What cost most first; at most 12, and the others together."""
    days: list[UsageOfDay]
    """In order; only where something was used."""
