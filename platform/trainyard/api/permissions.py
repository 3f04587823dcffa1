"""Which role may do what: one table."""

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from trainyard.api.actor import Actor
from trainyard.core.errors import PermissionDenied
from trainyard.tenants.models import Role

if TYPE_CHECKING:
    from rest_framework.views import APIView

_ALL = frozenset(Role)
_WRITERS = frozenset({Role.OWNER, Role.ADMIN, Role.MEMBER})
_MANAGERS = frozenset({Role.OWNER, Role.ADMIN})
_PAYERS = frozenset({Role.OWNER, Role.ADMIN, Role.BILLING})

ROLES_OF_ACTION: dict[str, frozenset[Role]] = {
    "organization.read": _ALL,
    "organization.manage": _MANAGERS,
    "catalogue.read": _ALL,
    "datasets.read": _ALL,
    "datasets.write": _WRITERS,
    "jobs.read": _ALL,
    "jobs.write": _WRITERS,
    "models.read": _ALL,
    "models.write": _WRITERS,
    "models.predict": _WRITERS,
    "webhooks.read": _ALL,
    "webhooks.manage": _MANAGERS,
    "billing.read": _PAYERS | {Role.MEMBER, Role.VIEWER},
    "billing.manage": _PAYERS,
}
OPERATOR = "operator"
AUTHENTICATED = "authenticated"


def permissions_of(actor: Actor) -> list[str]:
    """The actions that ``actor`` may take, sorted; what a client shows or hides by."""
    allowed = [action for action, roles in ROLES_OF_ACTION.items() if actor.organization_id and actor.role in roles]
    return sorted([*allowed, OPERATOR] if actor.is_operator else allowed)


def action_of(request: Request, view: "APIView") -> str | None:
    """What ``request`` asks of ``view``, by the view's own table; ``None`` for a method that it does not have."""
    actions: dict[str, str] = getattr(view, "actions", {})
    method = request.method or ""
    return actions.get("GET" if method == "HEAD" else method)


class HasRole(BasePermission):
    """Holds the caller against the view's ``actions``: method → action of the table above, or one of two marks.

    ``operator`` is for operators of the platform, ``authenticated`` for every caller with valid credentials.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        actor: Any = request.user
        if not isinstance(actor, Actor):
            raise NotAuthenticated("Authenticate with an API key or log in.")
        action = action_of(request, view)
        if action is None:
            raise MethodNotAllowed(request.method or "")
        if action == AUTHENTICATED:
            return True
        if action == OPERATOR:
            if not actor.is_operator:
                raise PermissionDenied("Only operators of the platform may do this.")
            return True
        if not actor.organization_id or actor.role not in ROLES_OF_ACTION[action]:
            raise PermissionDenied(f"Your role ({actor.role or 'none'}) does not allow {action}.")
        return True
