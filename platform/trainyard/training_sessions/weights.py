"""Writes about saved weights."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from trainyard.training_sessions.models import SavedWeights

logger = structlog.get_logger(__name__)


@transaction.atomic
def delete(found: SavedWeights, *, now: datetime) -> None:
    """Deletes saved weights; again changes nothing. Their files follow (``retention``)."""
    SavedWeights.objects.filter(id=found.id, deleted_at=None).update(deleted_at=now)
    logger.info("saved_weights.deleted", weights_id=found.id)


@transaction.atomic
def set_ttl(found: SavedWeights, *, ttl_seconds: int | None, now: datetime) -> None:
    """From now on the weights expire after ``ttl_seconds``, or never."""
    expires_at = None if ttl_seconds is None else now + timedelta(seconds=ttl_seconds)
    SavedWeights.objects.filter(id=found.id).update(expires_at=expires_at)
