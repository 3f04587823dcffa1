"""Permission check of callers by the table of ``tenants.permissions``."""

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from trainyard.api.actor import Actor
from trainyard.core.errors import PermissionDenied
from trainyard.tenants.permissions import PERMISSIONS, allowed_actions, is_allowed

if TYPE_CHECKING:
    from rest_framework.views import APIView

OPERATOR = "operator"
AUTHENTICATED = "authenticated"
PERSON = "person"
PUBLIC = "public"
"""Marks in the place of an action: operators of the platform; every caller with valid credentials; people, and no keys;
anybody."""


class SecondFactorRequired(PermissionDenied):
    """The organization requires a second factor, and this session was opened without one."""

    code = "second_factor_required"


class MissingScope(PermissionDenied):
    """The key's role allows this, but its scopes do not."""

    code = "missing_scope"


class ImpersonationReadsOnly(PermissionDenied):
    """An operator who impersonates an organization can change nothing, neither there nor elsewhere."""

    code = "impersonation_reads_only"


def permissions_of(actor: Actor) -> list[str]:
    """The actions that ``actor`` may take, sorted; what a client shows or hides by."""
    allowed = allowed_actions(role=actor.role, scopes=actor.scopes) if actor.organization_id else []
    return sorted([*allowed, OPERATOR] if actor.is_operator else allowed)


def action_of(request: Request, view: "APIView") -> str | None:
    """What ``request`` asks of ``view``, by the view's own table; ``None`` for a method that it does not have."""
    actions: dict[str, str] = getattr(view, "actions", {})
    method = request.method or ""
    return actions.get("GET" if method == "HEAD" else method)


class HasRole(BasePermission):
    """Checks the caller against the view's ``actions``: method → action of the table, or one of the marks."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        action = action_of(request, view)
        if action == PUBLIC:
            return True
        if action is None and not request.authenticators:
            raise MethodNotAllowed(request.method or "")  # nobody is asked who they are, so nobody could be let in
        actor: Any = request.user
        if not isinstance(actor, Actor):
            raise NotAuthenticated("Authenticate with an API key or log in.")
        if action is None:
            raise MethodNotAllowed(request.method or "")
        if actor.is_impersonating and request.method not in SAFE_METHODS and not getattr(view, "ends_looking", False):
            raise ImpersonationReadsOnly(
                "You look at this organization as an operator and can change nothing.", hint="Stop looking first."
            )
        _check(actor, action)
        return True


def _check(actor: Actor, action: str) -> None:
    if action == AUTHENTICATED:
        return
    if action == PERSON:
        if not actor.is_person:
            raise PermissionDenied("Only a person who logged in may do this.", hint="Log in; an API key cannot.")
        return
    if action == OPERATOR:
        if not actor.is_operator:
            raise PermissionDenied("Only operators of the platform may do this.")
        return
    if actor.lacks_second_factor:
        raise SecondFactorRequired(
            "This organization asks its members for a second factor.",
            hint="Add an authenticator app or a passkey to your account, log out, and log in with it.",
        )
    if not actor.organization_id or not is_allowed(action, role=actor.role, scopes=None):
        raise PermissionDenied(f"Your role ({actor.role or 'none'}) does not allow {action}.")
    if not is_allowed(action, role=actor.role, scopes=actor.scopes):
        wanted = " or ".join(sorted(PERMISSIONS[action].scopes))
        raise MissingScope(f"This API key's scopes do not allow {action}.", hint=f"Use a key with the scope {wanted}.")
