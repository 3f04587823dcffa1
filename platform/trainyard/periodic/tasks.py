"""The control plane's Celery tasks: one domain call each, idempotent, safe to run twice at once."""

from celery import shared_task

from trainyard.core import idempotency, outbox, pulse
from trainyard.core.time import database_now


@shared_task(name="trainyard.periodic.beat_pulse")
def beat_pulse() -> None:
    pulse.beat()


@shared_task(name="trainyard.periodic.sweep_outbox")
def sweep_outbox() -> None:
    outbox.sweep(now=database_now())


@shared_task(name="trainyard.periodic.purge_idempotency_records")
def purge_idempotency_records() -> None:
    idempotency.purge(now=database_now())
