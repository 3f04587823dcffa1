"""Authentication by API key (bearer token), by the dashboard's session with CSRF token, or by a session token."""

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as RestSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from trainyard.api import impersonation
from trainyard.api.actor import Actor
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import queries, second_factor
from trainyard.tenants.api_keys import authenticate_api_key
from trainyard.tenants.models import ApiKey, Role, User

ORGANIZATION_HEADER = "Trainyard-Organization"
ORGANIZATION = "trainyard.organization"
"""Where a session keeps the organization that it acts for."""
SESSION_TOKEN_HEADER = "X-Session-Token"  # noqa: S105  a header's name
_SCHEME = "bearer "


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer ty_live_…``."""

    def authenticate(self, request: Request) -> tuple[Actor, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith(_SCHEME):
            return None
        return actor_of_key(header[len(_SCHEME) :].strip())

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="trainyard"'


def actor_of_key(secret: str) -> tuple[Actor, ApiKey]:
    """Whoever acts with the API key ``secret``. Raises ``AuthenticationFailed``."""
    with platform_scope():
        key = authenticate_api_key(secret=secret)
    if key is None:
        raise AuthenticationFailed("This API key is unknown, revoked or expired, or its organization is suspended.")
    organization_id = key.organization_id or ""
    role = key.role if organization_id else ""
    actor = Actor(
        name=key.id,
        organization_id=organization_id,
        role=role,
        is_operator=not organization_id,
        ends_at=key.expires_at,
        scopes=None if key.scopes is None else frozenset(key.scopes),
        requests_per_second=queries.organization_rate(key.organization),
    )
    return actor, key


class SessionAuthentication(RestSessionAuthentication):
    """Session cookie of a log-in; unsafe methods need the CSRF token.

    A person in several organizations acts for the one that ``Trainyard-Organization`` names, else for the one that the
    session was switched to, else for the first that they joined.
    """

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        user = getattr(request._request, "user", None)  # noqa: SLF001
        if user is None or isinstance(user, AnonymousUser) or not user.is_active:
            return None
        self.enforce_csrf(request)
        return _person(request._request, user), None  # noqa: SLF001


class SessionTokenAuthentication(BaseAuthentication):
    """``X-Session-Token`` of an app's log-in. Browsers never send it by themselves, so it needs no CSRF token."""

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        token = request.headers.get(SESSION_TOKEN_HEADER)
        if not token:
            return None
        found = authenticate_by_x_session_token(token)
        if found is None or not found[0].is_active:
            raise AuthenticationFailed("This session has ended.")
        http = request._request  # noqa: SLF001
        http.user, http.session = found
        return _person(http, found[0]), None


def choose_organization(request: Request, organization_id: str) -> None:
    """From now on the session of ``request`` acts for this organization."""
    session = request._request.session  # noqa: SLF001  REST framework has none of its own
    session[ORGANIZATION] = organization_id
    session.save()  # an app's is nobody else's to save


def _person(request: HttpRequest, user: User) -> Actor:
    wanted = request.headers.get(ORGANIZATION_HEADER)
    with platform_scope():
        if wanted:
            membership = queries.membership_of(user_id=user.id, organization_id=wanted)
        else:
            membership = queries.preferred_membership(user_id=user.id, preferred=request.session.get(ORGANIZATION))
    showed = second_factor.was_shown(request)
    is_operator = user.is_staff and second_factor.holds(request)
    looks_at = impersonation.current(request, now=database_now()) if is_operator else None
    if looks_at is not None:
        return Actor(
            name=user.id,
            organization_id=looks_at.organization_id,
            role=Role.VIEWER,
            ends_at=looks_at.ends_at,
            is_person=True,
            showed_second_factor=showed,
            is_impersonating=True,
        )
    asked = membership is not None and membership.organization.requires_second_factor
    return Actor(
        name=user.id,
        organization_id=membership.organization_id if membership else "",
        role=membership.role if membership else "",
        is_operator=is_operator,
        is_person=True,
        showed_second_factor=showed,
        lacks_second_factor=asked and not showed,
        requests_per_second=queries.organization_rate(membership.organization) if membership else None,
    )
