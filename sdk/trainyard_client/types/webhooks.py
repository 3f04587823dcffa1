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
    """Id of the event, sent as `webhook-id` with every attempt."""
    event: WebhookEvent
    object_id: str
    state: DeliveryState
    attempts_count: int
    next_attempt_at: str | None
    response_status: int | None
    """HTTP status of the last attempt; null without a response."""
    replay_of: str | None
    created_at: datetime
    finished_at: datetime | None
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of replay."""


class DeliveryAttempt(Answer):
    at: datetime
    duration_ms: int
    status: int | None
    """HTTP status; null without a response."""
    error: str
    """Error code if no response came, else empty."""
    detail: str
    response_excerpt: str
    """First kilobyte of the response body."""


class DeliveryDetail(Answer):
    id: str
    endpoint_id: str
    event_id: str
    """Id of the event, sent as `webhook-id` with every attempt."""
    event: WebhookEvent
    object_id: str
    state: DeliveryState
    attempts_count: int
    next_attempt_at: str | None
    response_status: int | None
    """HTTP status of the last attempt; null without a response."""
    replay_of: str | None
    created_at: datetime
    finished_at: datetime | None
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of replay."""
    payload: dict[str, Any]
    """`data` of the event."""
    attempts: list[DeliveryAttempt]


class EventType(Answer):
    type: WebhookEvent
    description: str
    data: dict[str, str]
    """Fields of `data` with their meaning."""


class EventTypes(Answer):
    data: list[EventType]
    filters: list[str]
    """Valid values of an endpoint's `events`."""


class Replayed(Answer):
    replayed: int
    """Number of deliveries, at most 1,000; repeat the call for the rest."""


class WebhookEndpoint(Answer):
    id: str
    kind: WebhookEndpointKind
    url: str | None
    """URL; null for the kind `email`."""
    email: str | None
    """E-mail address; null for other kinds."""
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str
    """Why the platform disabled it: `failing` (for days) or `gone` (it answered 410); else empty."""
    failures: int
    """Consecutive failed attempts."""
    paused_until: datetime | None
    """Time until which nothing is sent, after several failures."""
    previous_secret_expires_at: datetime | None
    """Time until which the previous secret also signs."""
    created_at: datetime
    allowed_actions: list[str]


class WebhookEndpointWithSecret(Answer):
    id: str
    kind: WebhookEndpointKind
    url: str | None
    """URL; null for the kind `email`."""
    email: str | None
    """E-mail address; null for other kinds."""
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str
    """Why the platform disabled it: `failing` (for days) or `gone` (it answered 410); else empty."""
    failures: int
    """Consecutive failed attempts."""
    paused_until: datetime | None
    """Time until which nothing is sent, after several failures."""
    previous_secret_expires_at: datetime | None
    """Time until which the previous secret also signs."""
    created_at: datetime
    allowed_actions: list[str]
    secret: str | None
    """Signing secret, shown in this response only; null for kinds that are not signed."""
