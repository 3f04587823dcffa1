"""Answers about uploads. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer


class Upload(Answer):
    id: str
    dataset_id: str
    version_id: str | None
    """The version that it became; null until it is finished."""
    filename: str
    length: int
    offset: int
    """So many bytes are here."""
    created_at: datetime
    expires_at: datetime
    """When an unfinished upload is deleted unless more of it comes."""
    finished_at: datetime | None
