"""Transactional outbox of domain events: stored with the change that they announce, delivered by ``webhooks``.

Source: C. Richardson, "Microservices Patterns", 2018, section 3.3.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trainyard.core import deferred_writes
from trainyard.core.models import DomainEvent
from trainyard_spec.webhook_events import CATALOGUE, Audience, WebhookEvent

PLATFORM_ORGANIZATION = ""
"""Stands for an organization in what belongs to the operators."""


def record(
    event: WebhookEvent, *, data: Mapping[str, Any], now: datetime, organization_id: str = PLATFORM_ORGANIZATION
) -> DomainEvent:
    """Writes ``event`` in the caller's transaction.

    Of one object events come in the order in which their transactions commit: each holds its row's lock.

    Parameters
    ----------
    data
        Exactly the fields that the catalogue describes; ``id`` is that of the object.
    organization_id
        Whose event it is; of an event for operators, nobody's.
    """
    written = described(event, data=data, now=now, organization_id=organization_id)
    deferred_writes.insert(written)
    return written


def described(event: WebhookEvent, *, data: Mapping[str, Any], now: datetime, organization_id: str) -> DomainEvent:
    """The row of an event that the catalogue describes; nothing is written yet."""
    about = CATALOGUE[event]
    if data.keys() != about.data.keys():
        raise ValueError(f"{event} has the fields {sorted(about.data)}, not {sorted(data)}")
    if event != WebhookEvent.TEST and (about.audience == Audience.OPERATORS) != (not organization_id):
        raise ValueError(f"{event} is for {about.audience}")
    return DomainEvent(
        organization_id=organization_id, type=event, object_id=data["id"], data=dict(data), created_at=now
    )
