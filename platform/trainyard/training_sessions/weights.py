"""Writes about saved weights, and about what is not needed any more."""

from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F

from trainyard.core.blobs import blob_store
from trainyard.core.reconciling import each
from trainyard.core.tenancy import tenant_scope
from trainyard.training_sessions.models import Operation, SavedWeights

logger = structlog.get_logger(__name__)

PURGE = "purge_training_sessions"
RESULTS_KEPT = timedelta(hours=24)
"""How long a client may take to ask for the arrays of a result."""
PURGED_AT_ONCE = 200


@transaction.atomic
def delete(found: SavedWeights, *, now: datetime) -> None:
    """Deletes saved weights; again changes nothing. Their files follow, once no run begins with them."""
    SavedWeights.objects.filter(id=found.id, deleted_at=None).update(deleted_at=now)
    logger.info("saved_weights.deleted", weights_id=found.id)


@transaction.atomic
def set_ttl(found: SavedWeights, *, ttl_seconds: int | None, now: datetime) -> None:
    """From now on the weights expire after ``ttl_seconds``, or never."""
    expires_at = None if ttl_seconds is None else now + timedelta(seconds=ttl_seconds)
    SavedWeights.objects.filter(id=found.id).update(expires_at=expires_at)


def purge(*, now: datetime) -> int:
    """Forgets the arrays of operations that ended long ago and that no replay needs; returns of how many."""
    ended = Operation.across_tenants.filter(finished_at__lt=now - RESULTS_KEPT)
    spent = ended.filter(run__state_seq__gte=F("seq_id")) | ended.filter(run=None)
    due = (spent.filter(has_payload=True) | spent.filter(has_data=True)).order_by("id")[:PURGED_AT_ONCE]
    return each(((row.id, partial(_purge, row)) for row in due), reconciler=PURGE, now=now)


def _purge(row: Operation) -> int:
    with tenant_scope(row.organization_id):
        blob_store().delete_prefix(row.blob_prefix)
        return Operation.objects.filter(id=row.id).update(has_payload=False, has_data=False)
