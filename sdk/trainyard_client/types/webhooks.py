"""Answers about webhooks. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import DeliveryState, WebhookEvent
from trainyard_client.types.enums_2 import WebhookEndpointKind


class Delivery(Answer):
    id: str
    endpoint_id: str
    event_id: str
    """Sent as `webhook-id`, each time the same."""
    event: WebhookEvent
    object_id: str
    state: DeliveryState
    attempts_count: int
    next_attempt_at: str | None
    response_status: int | None
    """Of the last attempt; null without an answer."""
    replay_of: str | None
    created_at: datetime
    finished_at: datetime | None
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of replay."""


class DeliveryAttempt(Answer):
    at: datetime
    duration_ms: int
    status: int | None
    """Of the answer; null without one."""
    error: str
    """Why no answer came: a code; else empty."""
    detail: str
    response_excerpt: str
    """The first kilobyte of the answer."""


class DeliveryDetail(Answer):
    id: str
    endpoint_id: str
    event_id: str
    """Sent as `webhook-id`, each time the same."""
    event: WebhookEvent
    object_id: str
    state: DeliveryState
    attempts_count: int
    next_attempt_at: str | None
    response_status: int | None
    """Of the last attempt; null without an answer."""
    replay_of: str | None
    created_at: datetime
    finished_at: datetime | None
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of replay."""
    payload: dict[str, Any]
    """The `data` of the event."""
    attempts: list[DeliveryAttempt]


class EventType(Answer):
    type: WebhookEvent
    description: str
    data: dict[str, str]
    """Fields of `data`, with what they mean."""


class EventTypes(Answer):
    data: list[EventType]
    filters: list[str]
    """What `events` of an endpoint may name."""


class Replayed(Answer):
    replayed: int
    """At most 1,000; ask again for the rest."""


class WebhookEndpoint(Answer):
    id: str
    kind: WebhookEndpointKind
    url: str | None
    """Null of the kind `email`."""
    email: str | None
    """Null of other kinds."""
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str
    """Why the platform switched it off: `failing` for days, or `gone`, its own answer 410; else empty."""
    failures: int
    """Failed attempts in a row."""
    paused_until: datetime | None
    """After several failures nothing is sent until then."""
    previous_secret_expires_at: datetime | None
    """Until then the secret before the last rotation signs too."""
    created_at: datetime
    allowed_actions: list[str]


class WebhookEndpointWithSecret(Answer):
    id: str
    kind: WebhookEndpointKind
    url: str | None
    """Null of the kind `email`."""
    email: str | None
    """Null of other kinds."""
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str
    """Why the platform switched it off: `failing` for days, or `gone`, its own answer 410; else empty."""
    failures: int
    """Failed attempts in a row."""
    paused_until: datetime | None
    """After several failures nothing is sent until then."""
    previous_secret_expires_at: datetime | None
    """Until then the secret before the last rotation signs too."""
    created_at: datetime
    allowed_actions: list[str]
    secret: str | None
    """Shown this once; null of kinds that are not signed."""
