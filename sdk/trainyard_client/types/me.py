"""Answers about me. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Literal

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role
from trainyard_client.types.enums_2 import MeKind
from trainyard_client.types.shared import Organization


class Impersonation(Answer):
    """A look of an operator at an organization."""

    ends_at: datetime


class Membership(Answer):
    """An organization that the caller may act for."""

    id: str
    name: str
    role: Role


class Me(Answer):
    id: str
    """Of the user or the API key."""
    kind: MeKind
    name: str
    email: str | None
    is_operator: bool
    organization: Organization | None
    """The one this request acts for."""
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
    """Of a key that is limited to some."""
    impersonation: Impersonation | None
    """Of an operator who looks at the organization as one of its viewers; else null."""
    permissions: list[str]
    """What this caller may do."""
    grantable_roles: list[Role]
    """Roles that this caller may give and take."""
    second_factor: bool
    """Whether this session was opened with one, or by a passkey."""
    lacks_second_factor: bool
    """Whether the organization asks for a second factor that this session was opened without."""
    organizations: list[Membership]
