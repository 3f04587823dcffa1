"""The control plane's Celery tasks: one domain call each, idempotent, safe to run twice at once."""

from celery import shared_task

from trainyard.core import idempotency, outbox, pulse
from trainyard.core.time import database_now
from trainyard.datasets import validation
from trainyard.models import predictions


@shared_task(name="trainyard.periodic.beat_pulse")
def beat_pulse() -> None:
    pulse.beat()


@shared_task(name="trainyard.periodic.sweep_outbox")
def sweep_outbox() -> None:
    outbox.sweep(now=database_now())


@shared_task(name="trainyard.periodic.purge_idempotency_records")
def purge_idempotency_records() -> None:
    idempotency.purge(now=database_now())


@shared_task(name="trainyard.periodic.validate_dataset_version")
def validate_dataset_version(*, dataset_version_id: str, **_: object) -> None:
    validation.validate_version(version_id=dataset_version_id, clock=database_now)


@shared_task(name="trainyard.periodic.revalidate_datasets")
def revalidate_datasets() -> None:
    validation.revalidate(now=database_now())


@shared_task(name="trainyard.periodic.expire_predictions")
def expire_predictions() -> None:
    predictions.expire(now=database_now())
