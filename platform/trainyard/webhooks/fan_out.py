"""Turns domain events into deliveries, one for each endpoint that subscribes."""

from collections import defaultdict
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from trainyard.core.models import DomainEvent
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard.webhooks.retries import KEPT_TRYING_FOR
from trainyard_spec.webhook_events import is_subscribed

logger = structlog.get_logger(__name__)

BATCH = 500
KEPT_FOR = timedelta(days=30)
PURGED_AT_ONCE = 5_000


@transaction.atomic
def fan_out(*, now: datetime) -> int:
    """Writes the deliveries of the oldest events that have none yet; returns of how many events.

    Two at once take turns, so that an object's deliveries are written in the order of its events.
    """
    waiting = DomainEvent.objects.filter(fanned_out_at=None).order_by("sequence").select_for_update()
    events = list(waiting[:BATCH])
    if not events:
        return 0
    endpoints: dict[str, list[WebhookEndpoint]] = defaultdict(list)
    owners = {event.organization_id for event in events}
    for endpoint in WebhookEndpoint.across_tenants.filter(organization_id__in=owners, enabled=True):
        endpoints[endpoint.organization_id].append(endpoint)
    Delivery.across_tenants.bulk_create(
        _delivery(event, endpoint, now=now)
        for event in events
        for endpoint in endpoints[event.organization_id]
        # What happened before somebody subscribed is not news to them.
        if endpoint.created_at <= event.created_at and is_subscribed(event.type, endpoint.events)
    )
    DomainEvent.objects.filter(sequence__in=[event.sequence for event in events]).update(fanned_out_at=now)
    return len(events)


def purge(*, now: datetime) -> int:
    """Deletes events past their time, with what was delivered of them; returns how many."""
    before = now - KEPT_FOR
    Delivery.across_tenants.filter(
        id__in=list(
            Delivery.across_tenants.filter(created_at__lt=before)
            .exclude(state=Delivery.State.PENDING)
            .values_list("id", flat=True)[:PURGED_AT_ONCE]
        )
    ).delete()
    needed = Delivery.across_tenants.filter(event=OuterRef("sequence"))
    old = DomainEvent.objects.filter(created_at__lt=before, fanned_out_at__isnull=False).exclude(Exists(needed))
    deleted, _ = DomainEvent.objects.filter(
        sequence__in=list(old.values_list("sequence", flat=True)[:PURGED_AT_ONCE])
    ).delete()
    if deleted:
        logger.info("domain_events.purged", events=deleted)
    return deleted


def _delivery(event: DomainEvent, endpoint: WebhookEndpoint, *, now: datetime) -> Delivery:
    return Delivery(
        organization_id=event.organization_id,
        endpoint=endpoint,
        event=event,
        object_id=event.object_id,
        next_attempt_at=now,
        gives_up_at=now + KEPT_TRYING_FOR,
        created_at=now,
    )
