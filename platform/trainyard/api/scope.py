"""Tenant scope of a request before its caller is known: no organization or, for an operator in the admin, all.

Also stores the client's address for the audit log.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from trainyard.core import audit
from trainyard.core.tenancy import no_scope, platform_scope
from trainyard.tenants import second_factor


class ScopeMiddleware:
    """Must come after the session middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        operators = _is_operators_page(request)
        with (
            no_scope(),
            platform_scope() if operators else nullcontext(),
            audit.acting(address=request.META.get("REMOTE_ADDR") or ""),
        ):
            return self.get_response(request)


def _is_operators_page(request: HttpRequest) -> bool:
    if not request.path.startswith(_admin_root()):
        return False
    return request.user.is_active and request.user.is_staff and second_factor.holds(request)


@cache
def _admin_root() -> str:
    """Asked for by every request, and the same for all of them."""
    return reverse("admin:index")
