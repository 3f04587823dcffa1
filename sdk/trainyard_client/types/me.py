"""Answers about me. Written by ``scripts/client_types.py``."""

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import MeKind, Role
from trainyard_client.types.shared import Organization


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
    permissions: list[str]
    """What this caller may do."""
    organizations: list[Membership]
    """A user with several names one in the header Trainyard-Organization."""
