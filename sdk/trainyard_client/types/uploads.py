"""Answers about uploads. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer


class Upload(Answer):
    id: str
    dataset_id: str
    version_id: str | None
    """Id of the created version; null until the upload is finished."""
    filename: str
    length: int
    offset: int
    """Bytes received so far."""
    created_at: datetime
    expires_at: datetime
    """When the unfinished upload is deleted, unless more bytes arrive."""
    finished_at: datetime | None
