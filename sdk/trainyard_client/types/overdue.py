"""Answers about overdue. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Stage


class Overdue(Answer):
    invoice_id: str
    number: str
    stage: Stage
    """Present stage. `no_new_jobs`: no job starts; `jobs_stopped`: running jobs stop, too."""
    due_since: datetime
    next_at: datetime | None
    """Time of the next step; null after the last."""


class OverdueState(Answer):
    overdue: Overdue | None
