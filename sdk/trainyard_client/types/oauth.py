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


class OAuthProblem(Answer):
    """A problem document as OAuth's clients read it (RFC 6749, section 5.2)."""

    error: str
    """What OAuth calls it, such as `authorization_pending`."""
    error_description: str
    """As `detail`."""
    type: str
    title: str
    status: int
    code: str
    """Stable and machine-readable."""
    detail: str
    """What went wrong, in a sentence."""
    hint: str | None
    """What to do about it."""
    request_id: str
    errors: list[dict[str, Any]] | None
    """Fields at fault, the first hundred."""
    errors_omitted: int | None
    """How many more fields are at fault."""


class StartedDeviceAuthorization(Answer):
    """As RFC 8628, section 3.2, has it."""

    device_code: str
    """The device's secret, with which it polls; shown this once."""
    user_code: str
    """What the person types, as `WDJB-MJHT`."""
    verification_uri: str
    """Where they type it."""
    verification_uri_complete: str
    """The same with the code in it."""
    expires_in: int
    """Seconds until the codes end."""
    interval: int
    """Seconds to wait between two polls."""


class Token(Answer):
    """As RFC 6749, section 5.1, has it, and what the key is."""

    access_token: str
    """The API key; shown this once."""
    token_type: TokenType
    expires_in: int
    """Seconds until the key expires."""
    scope: str
    """Its scopes, separated by spaces; empty: all that its role may do."""
    key: ApiKey
    organization: Organization
