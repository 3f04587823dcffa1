"""Role-based access control (RBAC), and the scopes of API keys: one table of permissions.

Views name a row in their ``actions``. The permissions that a caller sees, the scopes that a key may have and the
reference page are derived from it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from trainyard.tenants.models import Role


@dataclass(frozen=True, slots=True)
class Permission:
    """Permission of people and keys with these ``roles``; a key with scopes also needs one of ``scopes``.

    Without ``scopes`` only the roles decide.
    """

    roles: frozenset[Role]
    scopes: frozenset[str] = frozenset()


def _permission(roles: frozenset[Role], *scopes: str) -> Permission:
    return Permission(roles, frozenset(scopes))


EVERYBODY = frozenset(Role)
OWNERS = frozenset({Role.OWNER})
MANAGERS = frozenset({Role.OWNER, Role.ADMIN})
WRITERS = frozenset({Role.OWNER, Role.ADMIN, Role.MEMBER})
PAYERS = frozenset({Role.OWNER, Role.ADMIN, Role.BILLING})

PERMISSIONS: dict[str, Permission] = {
    "organization.read": _permission(EVERYBODY, "organization:read", "organization:manage"),
    "organization.manage": _permission(MANAGERS, "organization:manage"),
    "organization.own": _permission(OWNERS, "organization:own"),
    "catalogue.read": _permission(EVERYBODY),
    "datasets.read": _permission(EVERYBODY, "datasets:read", "datasets:write"),
    "datasets.write": _permission(WRITERS, "datasets:write"),
    "jobs.read": _permission(EVERYBODY, "jobs:read", "jobs:write"),
    "jobs.write": _permission(WRITERS, "jobs:write"),
    "models.read": _permission(EVERYBODY, "models:read", "models:write", "models:predict"),
    "models.write": _permission(WRITERS, "models:write"),
    "models.predict": _permission(WRITERS, "models:predict"),
    "webhooks.read": _permission(EVERYBODY, "webhooks:read", "webhooks:manage"),
    "webhooks.manage": _permission(MANAGERS, "webhooks:manage"),
    "billing.read": _permission(PAYERS | {Role.MEMBER, Role.VIEWER}, "billing:read", "billing:manage"),
    "billing.manage": _permission(PAYERS, "billing:manage"),
}
SCOPES: tuple[str, ...] = tuple(sorted({scope for permission in PERMISSIONS.values() for scope in permission.scopes}))
"""Everything that a key may be given. To write is to read, too."""


def is_allowed(action: str, *, role: str, scopes: Collection[str] | None) -> bool:
    """Whether somebody with ``role`` may do ``action``; ``scopes`` are a key's, None for one without limits."""
    permission = PERMISSIONS[action]
    if role not in permission.roles:
        return False
    return scopes is None or not permission.scopes or not permission.scopes.isdisjoint(scopes)


def allowed_actions(*, role: str, scopes: Collection[str] | None) -> list[str]:
    """Every action that is allowed, sorted."""
    return sorted(action for action in PERMISSIONS if is_allowed(action, role=role, scopes=scopes))
