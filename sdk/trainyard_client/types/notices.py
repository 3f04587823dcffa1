"""Answers about notices. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums_2 import NoticeType


class Notice(Answer):
    id: str
    """Id of the event, as in webhooks."""
    type: NoticeType
    object_id: str
    """Id of the object: a job, a dataset version, an invoice, …."""
    data: dict[str, Any]
    """As `GET /webhooks/event-types` describes it."""
    read: bool
    """Whether you have read it."""
    created_at: datetime
