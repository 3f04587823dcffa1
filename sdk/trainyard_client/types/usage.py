"""Answers about usage. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.answer import Answer


class UsageGroup(Answer):
    key: str
    """Id of the pool, job, user or API key; empty: all others together."""
    name: str
    amount: Decimal
    slot_seconds: float


class UsageOfDay(Answer):
    day: str
    """Day in `time_zone` on which the usage was booked."""
    key: str
    amount: Decimal
    slot_seconds: float


class UsageRecord(Answer):
    """Durable slot-seconds of one attempt at one price."""

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
    """Training time, exact to the microsecond; `seconds` × `slots` is billed."""
    unit_price: Decimal
    """Price of one slot-second."""
    amount: Decimal
    """Increase of the attempt's rounded total at this price; so each line is rounded once."""
    currency: str
    billed_by: str
    """The checkpoint or model that holds this work."""
    kept_by: str
    """Deprecated name of `billed_by`."""
    created_at: datetime


class UsageTotals(Answer):
    """Totals of all records that the filter selects, not only of this page."""

    slot_seconds: float
    amount: Decimal
    currency: str


class UsagePage(Answer):
    next_cursor: str | None
    """Cursor of the next page, to be passed as `cursor`; null on the last page."""
    data: list[UsageRecord]
    totals: UsageTotals


class UsageSummary(Answer):
    amount: Decimal
    slot_seconds: float
    currency: str
    time_zone: str
    """IANA time zone of the organization's billing profile."""
    groups: list[UsageGroup]
    """The 12 groups with the highest cost, and all others together."""
    days: list[UsageOfDay]
    """Days with usage, in order."""
