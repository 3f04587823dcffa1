"""Reads about webhooks, of the organization in context, or of the operators in ``tenant_scope("")``."""

from datetime import datetime

from django.db.models import QuerySet

from trainyard.core.errors import NotFound
from trainyard.core.tenancy import current_tenant
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard_spec.webhook_events import CATALOGUE, Audience, EventDescription, WebhookEvent, event_filters


def audience() -> Audience:
    """Whose events may be subscribed to here."""
    return Audience.ORGANIZATION if current_tenant() else Audience.OPERATORS


def event_types() -> list[tuple[WebhookEvent, EventDescription]]:
    """The catalogue, as far as it is for this audience."""
    wanted = audience()
    return [
        (event, about) for event, about in CATALOGUE.items() if about.audience == wanted or event == WebhookEvent.TEST
    ]


def endpoints() -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.all()


def endpoint(endpoint_id: str) -> WebhookEndpoint:
    """Raises ``NotFound``."""
    found = endpoints().filter(id=endpoint_id).first()
    if found is None:
        raise not_found()
    return found


def deliveries(
    endpoint_id: str,
    *,
    state: str | None = None,
    event: str | None = None,
    created_after: datetime | None = None,
) -> QuerySet[Delivery]:
    """What was sent, or is to be sent, to an endpoint. Raises ``NotFound``."""
    rows = Delivery.objects.filter(endpoint=endpoint(endpoint_id)).select_related("event", "endpoint")
    if state:
        rows = rows.filter(state=state)
    if event:
        rows = rows.filter(event__type=event)
    return rows.filter(created_at__gt=created_after) if created_after else rows


def delivery(endpoint_id: str, delivery_id: str) -> Delivery:
    """Raises ``NotFound``."""
    found = deliveries(endpoint_id).filter(id=delivery_id).first()
    if found is None:
        raise NotFound("This endpoint has no such delivery.")
    return found


def not_found() -> NotFound:
    return NotFound("There is no webhook endpoint by that id.")


def filters() -> list[str]:
    """What ``events`` of an endpoint of this audience may name."""
    return event_filters(audience())
