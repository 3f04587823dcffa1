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
    """What its jobs and predictions may cost in a calendar month (UTC)."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""
    revoked_at: datetime | None
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of rotate, revoke."""


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
    """What its jobs and predictions may cost in a calendar month (UTC)."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""
    revoked_at: datetime | None
    secret: str | None
    """Shown this once; null where an Idempotency-Key replays the answer."""
