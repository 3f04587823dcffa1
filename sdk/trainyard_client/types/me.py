"""Answers about me. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role
from trainyard_client.types.enums_2 import MeKind
from trainyard_client.types.shared import Organization


class Impersonation(Answer):
    """Present impersonation of an organization by an operator."""

    ends_at: datetime


class Membership(Answer):
    """Organization that the caller may act for."""

    id: str
    name: str
    role: Role


class Me(Answer):
    id: str
    """Id of the user or the API key."""
    kind: MeKind
    name: str
    email: str | None
    is_operator: bool
    organization: Organization | None
    """Organization that this request acts for."""
    role: Role | None
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
    """Scopes, of an API key that is limited to some."""
    impersonation: Impersonation | None
    """Present impersonation, of an operator; else null."""
    permissions: list[str]
    """Permissions of this caller."""
    grantable_roles: list[Role]
    """Roles that this caller may grant and revoke."""
    second_factor: bool
    """Whether this session was opened with a second factor or a passkey."""
    lacks_second_factor: bool
    """Whether the organization requires a second factor that this session lacks."""
    organizations: list[Membership]
