"""Answers that are about several things. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import (
    Account,
    DeliveryState,
    LedgerTransactionKind,
    OrganizationState,
    Outcome,
    Role,
    WebhookEndpointKind,
    WebhookEvent,
)


class Wallet(Answer):
    available: Decimal
    """May be spent."""
    held: Decimal
    """Reserved by jobs."""
    spent: Decimal
    """Used so far."""
    currency: str


class Advantage(Answer):
    """By how much a metric is better than a baseline's: positive is better, whatever the metric's direction."""

    absolute: float
    relative: float | None
    low: float | None
    high: float | None


class Baseline(Answer):
    name: str
    value: float
    is_guess: bool
    rows: int


class IssuedApiKey(Answer):
    id: str
    name: str
    prefix: str
    """How the secret begins."""
    role: Role
    scopes: (
        list[
            Literal[
                "billing:manage",
                "billing:read",
                "datasets:read",
                "datasets:write",
                "jobs:read",
                "jobs:write",
                "models:predict",
                "models:read",
                "models:write",
                "organization:manage",
                "organization:own",
                "organization:read",
                "webhooks:manage",
                "webhooks:read",
            ]
        ]
        | None
    )
    """Null: all that its role may do."""
    monthly_cap: Decimal | None
    """What its jobs may cost in a calendar month (UTC)."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""
    revoked_at: datetime | None
    secret: str | None
    """Shown this once; null where an Idempotency-Key replays the answer."""


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


class Sign(Answer):
    code: str
    message: str


class Verdict(Answer):
    outcome: Outcome
    metric: str
    higher_is_better: bool
    value: float
    examples: int
    baselines: list[Baseline]
    best_baseline: str
    better_by: Advantage
    signs: list[Sign]
    sentence: str


class LedgerEntry(Answer):
    account: Account
    amount: Decimal
    """Signed: what the account gained."""
    currency: str


class LedgerTransaction(Answer):
    """The entries of a transaction sum to zero."""

    id: str
    kind: LedgerTransactionKind
    description: str
    job_id: str
    """Empty where no job is the cause."""
    created_at: datetime
    entries: list[LedgerEntry]


class Organization(Answer):
    id: str
    name: str
    state: OrganizationState
    requires_second_factor: bool
    """Of every member who acts for it in a browser."""
    created_at: datetime


class Member(Answer):
    id: str
    user_id: str
    email: str
    name: str
    role: Role
    created_at: datetime


class OwnOrganization(Answer):
    """An organization of the person who asks."""

    id: str
    name: str
    state: OrganizationState
    role: Role
    joined_at: datetime


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
    secret: str | None
    """Shown this once; null of kinds that are not signed."""
