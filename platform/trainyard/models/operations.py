"""Writes about models."""

from datetime import datetime

from django.db import transaction

from trainyard.core import audit
from trainyard.core.blobs import blob_store
from trainyard.core.errors import NotFound
from trainyard.models import queries
from trainyard.models.models import Model


@transaction.atomic
def delete_model(*, model_id: str, actor: str, now: datetime) -> None:
    """Hides a model and deletes its files once that is committed. Raises ``NotFound``."""
    model = queries.model(model_id=model_id)
    if Model.objects.filter(id=model_id, deleted_at=None).update(deleted_at=now) != 1:
        raise NotFound("There is no model by that id.")
    audit.record(actor=actor, action="model.delete", target=model_id, organization_id=model.organization_id, now=now)
    transaction.on_commit(lambda: blob_store().delete_prefix(model.blob_prefix), robust=True)
