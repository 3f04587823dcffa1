"""Announcements to operators about workers."""

from datetime import datetime

from trainyard.core import domain_events
from trainyard.core.models import DomainEvent
from trainyard.pools.models import Worker
from trainyard_spec.webhook_events import WebhookEvent


def announce(event: WebhookEvent, worker_id: str, *, now: datetime, reason: str = "") -> None:
    """Tells operators of ``event``, in the caller's transaction."""
    worker = Worker.objects.select_related("pool").get(id=worker_id)
    data = {"id": worker.id, "name": worker.name, "pool": worker.pool.name, "reason": reason}
    domain_events.record(event, data=data, now=now)


def announce_lost(worker: Worker, *, now: datetime) -> None:
    """Once since the worker was last heard of, however many attempts it had."""
    known = DomainEvent.objects.filter(
        organization_id=domain_events.PLATFORM_ORGANIZATION,
        type=WebhookEvent.WORKER_LOST,
        object_id=worker.id,
        created_at__gte=worker.last_heartbeat_at,
    )
    if not known.exists():
        announce(WebhookEvent.WORKER_LOST, worker.id, now=now)
