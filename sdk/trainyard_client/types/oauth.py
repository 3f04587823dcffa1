"""Answers about oauth. Written by ``scripts/client_types.py``."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role
from trainyard_client.types.enums_2 import TokenType
from trainyard_client.types.shared import Organization


class ApiKey(Answer):
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


class OAuthProblem(Answer):
    """A problem document as OAuth's clients read it (RFC 6749, section 5.2)."""

    error: str
    """OAuth error code, such as `authorization_pending`."""
    error_description: str
    """Same text as `detail`."""
    type: str
    title: str
    status: int
    code: str
    """Stable, machine-readable code."""
    detail: str
    """Explanation of the error, in a sentence."""
    hint: str | None
    """What to do about it."""
    request_id: str
    errors: list[dict[str, Any]] | None
    """The first hundred invalid fields."""
    errors_omitted: int | None
    """Number of further invalid fields."""


class StartedDeviceAuthorization(Answer):
    """Device authorization response (RFC 8628, section 3.2)."""

    device_code: str
    """Secret with which the device polls; shown in this response only."""
    user_code: str
    """Code that the person types, such as `WDJB-MJHT`."""
    verification_uri: str
    """URL where the person types it."""
    verification_uri_complete: str
    """URL that contains the code."""
    expires_in: int
    """Seconds until the codes expire."""
    interval: int
    """Seconds to wait between two polls."""


class Token(Answer):
    """Token response (RFC 6749, section 5.1), with the properties of the API key."""

    access_token: str
    """The API key, shown in this response only."""
    token_type: TokenType
    expires_in: int
    """Seconds until the key expires."""
    scope: str
    """Scopes of the key, separated by spaces; empty: everything that its role allows."""
    key: ApiKey
    organization: Organization
