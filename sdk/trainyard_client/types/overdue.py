"""Answers about overdue. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Stage


class Overdue(Answer):
    invoice_id: str
    number: str
    stage: Stage
    """no_new_jobs: none start; jobs_stopped: running ones stop too."""
    due_since: datetime
    next_at: datetime | None
    """When the next step is taken; null after the last."""


class OverdueState(Answer):
    overdue: Overdue | None
