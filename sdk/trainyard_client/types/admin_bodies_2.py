"""Bodies of operators' requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import NotRequired, TypedDict


class QuotaChangeRequest(TypedDict):
    """Change of a quota; fields that are left out stay unchanged."""

    pool: str
    """Name of a pool."""
    weight: NotRequired[float]
    guaranteed_slots: NotRequired[int]
    max_running_jobs: NotRequired[int | None]
    max_queued_jobs: NotRequired[int | None]


class RejectionRequest(TypedDict):
    decision: str


class TaxRateRequest(TypedDict):
    country: str
    percent: str
    reverse_charge: NotRequired[bool]
    """Whether a business in another country than the seller's owes the tax itself."""
    wording: NotRequired[str]
    """Reverse-charge wording on invoices; empty: the default wording."""
    effective_from: NotRequired[str]
    """Start of validity; by default now."""


class VoidRequest(TypedDict):
    reason: str
    reissue: NotRequired[bool]
    """Whether a new invoice with the present legal data replaces it; otherwise the charges are returned."""


class WhatIfRequest(TypedDict):
    """A pool, and hypothetical weights of organizations in it."""

    pool: str
    """Name or id of a pool."""
    weights: dict[str, float]
    """Weight per organization id; other organizations keep theirs."""


class WorkerReasonRequest(TypedDict):
    reason: NotRequired[str]
    """Shown as `state_reason`."""
