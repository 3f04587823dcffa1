"""Answers about admin. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal

from trainyard_client.types.admin_2 import CurrencyTotal
from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import RevenueDayKind, Source


class SourceAccuracy(Answer):
    jobs: int
    median_error: float | None
    """Of |estimated - actual| / actual; null: no jobs."""
    within_range: float | None
    """Share of jobs that ended within the estimate."""
    source: Source


class QuoteAccuracy(Answer):
    jobs: int
    median_error: float | None
    """Of |estimated - actual| / actual; null: no jobs."""
    within_range: float | None
    """Share of jobs that ended within the estimate."""
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
    """UTC, on which the usage was booked."""
    kind: RevenueDayKind
    """Corrections are credit notes and void invoices."""
    pool: str
    """Of training; empty for all else."""


class Revenue(Answer):
    totals: list[CurrencyTotal]
    data: list[RevenueDay]
    customers: list[RevenueCustomer]
    """Those that were billed most, at most 20."""


class TaxRate(Answer):
    country: str
    percent: Decimal
    reverse_charge: bool | None
    """A business of another country than the seller's owes the tax itself."""
    wording: str | None
    """Of reverse charge, on invoices; empty: the usual one."""
    effective_from: datetime | None
    """From now on unless told."""
