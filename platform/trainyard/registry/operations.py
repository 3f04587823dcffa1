"""Writes of models."""

from datetime import datetime

from django.db import transaction

from trainyard.core import audit, domain_events
from trainyard.core.errors import NotFound
from trainyard.jobs import operations as jobs
from trainyard.registry import queries
from trainyard.registry.models import Model
from trainyard_spec.engine_protocol import Result
from trainyard_spec.webhook_events import WebhookEvent


@transaction.atomic
def complete_job(*, attempt_id: str, fence: int, result: Result, now: datetime) -> Model:
    """Ends a job and registers what it produced, in one transaction; a repetition answers the same model.

    Raises what ``jobs.operations.succeed`` raises.
    """
    job = jobs.succeed(attempt_id=attempt_id, fence=fence, result=result, now=now)
    model, is_new = Model.objects.get_or_create(
        job=job,
        defaults={
            "attempt_id": attempt_id,
            "name": job.name,
            "task": job.task,
            "architecture": job.architecture,
            "parameters": result.parameters,
            "test_metrics": result.test_metrics,
            "class_report": result.class_report and result.class_report.model_dump(mode="json"),
            "weights_sha256": result.weights_sha256,
            "files": [file.model_dump(mode="json") for file in result.files],
            "created_at": now,
        },
    )
    if is_new:
        _announce(model, now=now)
    return model


@transaction.atomic
def delete_model(*, model_id: str, actor: str, now: datetime) -> None:
    """Hides a model; its files are purged later. Raises ``NotFound``."""
    model = queries.model(model_id=model_id)
    if Model.objects.filter(id=model_id, deleted_at=None).update(deleted_at=now) != 1:
        raise NotFound("There is no model by that id.")
    audit.record(actor=actor, action="model.delete", target=model_id, organization_id=model.organization_id, now=now)


def _announce(model: Model, *, now: datetime) -> None:
    data = {
        "id": model.id,
        "job_id": model.job_id,
        "name": model.name,
        "architecture": model.architecture,
        "task": model.task,
        "test_metrics": model.test_metrics,
    }
    domain_events.record(WebhookEvent.MODEL_REGISTERED, data=data, organization_id=model.organization_id, now=now)
