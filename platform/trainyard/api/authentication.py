"""Bearer API keys, or the dashboard's session with CSRF."""

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as RestSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from trainyard.api.actor import Actor
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import operations, queries, second_factor
from trainyard.tenants.models import ApiKey

ORGANIZATION_HEADER = "Trainyard-Organization"
_SCHEME = "bearer "


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer ty_live_…``."""

    def authenticate(self, request: Request) -> tuple[Actor, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith(_SCHEME):
            return None
        with platform_scope():
            key = operations.authenticate_api_key(secret=header[len(_SCHEME) :].strip(), now=database_now())
        if key is None:
            raise AuthenticationFailed("This API key is unknown, revoked or expired.")
        organization_id = key.organization_id or ""
        role = key.role if organization_id else ""
        actor = Actor(
            name=key.id,
            organization_id=organization_id,
            role=role,
            is_operator=not organization_id,
            ends_at=key.expires_at,
        )
        return actor, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="trainyard"'


class SessionAuthentication(RestSessionAuthentication):
    """The session that logging in opened; unsafe methods need the CSRF token.

    A person in several organizations names one in ``Trainyard-Organization``; else it is the first joined.
    """

    def authenticate(self, request: Request) -> tuple[Actor, None] | None:
        user = getattr(request._request, "user", None)  # noqa: SLF001
        if user is None or isinstance(user, AnonymousUser) or not user.is_active:
            return None
        self.enforce_csrf(request)
        with platform_scope():
            membership = queries.membership_of(
                user_id=user.id, organization_id=request.headers.get(ORGANIZATION_HEADER) or None
            )
        return Actor(
            name=user.id,
            organization_id=membership.organization_id if membership else "",
            role=membership.role if membership else "",
            is_operator=user.is_staff and second_factor.holds(request._request),  # noqa: SLF001
        ), None
