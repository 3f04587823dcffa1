"""Answers about admin. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.admin_2 import CurrencyTotal, InQueue
from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import RevenueDayKind, Source


class Limits(Answer):
    max_stored_bytes: int | None
    """Of uploads. Null: the platform's."""
    max_bytes_in_flight: int | None
    """Of uploads. Null: the platform's."""


class ListPrice(Answer):
    """List price, in force from ``effective_from`` until the pool's next price."""

    id: str
    per_slot_second: Decimal
    preemptible: bool
    """Whether it is for jobs with `resources.preemptible`; false: for all others."""
    currency: str
    effective_from: datetime
    pool_id: str
    pool: str
    created_at: datetime


class PoolQueue(Answer):
    pool: str
    pool_id: str
    workers_up: int
    slots: int
    """Slots of the workers that are up."""
    slots_taken: int
    queued_jobs: int
    queued_slots: int
    organizations: list[InQueue]
    """Organizations in the order in which their next jobs start."""


class PromoCode(Answer):
    id: str
    code: str
    amount: Decimal
    currency: str
    max_redemptions: int | None
    redemptions: int
    credit_days: int | None
    ends_at: datetime | None
    created_at: datetime


class Quota(Answer):
    """Quota of an organization in a pool: weight, guaranteed slots, and limits of running and queued jobs."""

    pool: str
    weight: float
    guaranteed_slots: int
    max_running_jobs: int | None
    """Maximum number of running jobs; null: no limit."""
    max_queued_jobs: int | None
    """Maximum number of queued jobs; null: the platform's limit."""
    used_slot_seconds: float
    """Usage of ended attempts, decayed to `used_at`."""
    used_at: datetime | None


class SourceAccuracy(Answer):
    jobs: int
    median_error: float | None
    """Median of |estimated - actual| / actual; null without jobs."""
    within_range: float | None
    """Share of jobs whose training time was within the estimated range."""
    source: Source


class QuoteAccuracy(Answer):
    jobs: int
    median_error: float | None
    """Median of |estimated - actual| / actual; null without jobs."""
    within_range: float | None
    """Share of jobs whose training time was within the estimated range."""
    by_source: list[SourceAccuracy]


class RevenueCustomer(Answer):
    currency: str
    amount: Decimal
    organization_id: str
    organization: str


class RevenueDay(Answer):
    currency: str
    amount: Decimal
    day: str
    """Day (UTC) on which the usage was booked."""
    kind: RevenueDayKind
    """Kind of charge; `corrections` are credit notes and void invoices."""
    pool: str
    """Pool, for training; else empty."""


class Revenue(Answer):
    totals: list[CurrencyTotal]
    data: list[RevenueDay]
    customers: list[RevenueCustomer]
    """Organizations that were billed most, at most 20."""


class TaxRate(Answer):
    country: str
    percent: Decimal
    reverse_charge: bool | None
    """Whether a business in another country than the seller's owes the tax itself."""
    wording: str | None
    """Reverse-charge wording on invoices; empty: the default wording."""
    effective_from: datetime | None
    """Start of validity; by default now."""
