"""Answers about api keys. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role


class ListedApiKey(Answer):
    id: str
    name: str
    prefix: str
    """First characters of the secret."""
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
    """Scopes that limit the key; null: everything that its role allows."""
    monthly_cap: Decimal | None
    """Most that its jobs and predictions may cost per calendar month (UTC)."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """Last use, to the minute."""
    revoked_at: datetime | None
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of rotate, revoke."""


class IssuedApiKey(Answer):
    id: str
    name: str
    prefix: str
    """First characters of the secret."""
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
    """Scopes that limit the key; null: everything that its role allows."""
    monthly_cap: Decimal | None
    """Most that its jobs and predictions may cost per calendar month (UTC)."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """Last use, to the minute."""
    revoked_at: datetime | None
    secret: str | None
    """Secret, shown in this response only; null in replays by an Idempotency-Key."""
