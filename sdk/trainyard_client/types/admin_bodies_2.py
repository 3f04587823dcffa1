"""Bodies of operators' requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import NotRequired, TypedDict


class QuotaChangeRequest(TypedDict):
    """What is left out stays as it is."""

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
    """A business of another country than the seller's owes the tax itself."""
    wording: NotRequired[str]
    """Of reverse charge, on invoices; empty: the usual one."""
    effective_from: NotRequired[str]
    """From now on unless told."""


class VoidRequest(TypedDict):
    reason: str
    reissue: NotRequired[bool]
    """Puts another in its place, with the legal data of now. Else charges are given back."""


class WhatIfRequest(TypedDict):
    """A pool, and weights that some organizations would have there."""

    pool: str
    """Name or id of a pool."""
    weights: dict[str, float]
    """By id of an organization; all others keep theirs."""


class WorkerReasonRequest(TypedDict):
    reason: NotRequired[str]
    """Shown as `state_reason`."""
