"""Bodies of operators' requests, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import NotRequired, TypedDict


class WhatIfRequest(TypedDict):
    """A pool, and weights that some organizations would have there."""

    pool: str
    """Name or id of a pool."""
    weights: dict[str, float]
    """By id of an organization; all others keep theirs."""


class WorkerReasonRequest(TypedDict):
    reason: NotRequired[str]
    """Shown as `state_reason`."""
