"""Middleware that remembers the browsers in which somebody has logged in."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trainyard.tenants import login_limits

LOGIN_PATHS = frozenset(
    {
        "/_allauth/browser/v1/auth/login",
        "/_allauth/browser/v1/auth/2fa/authenticate",
        "/_allauth/browser/v1/auth/webauthn/authenticate",
        "/admin/login/",
    }
)


class KnownDeviceMiddleware:
    """Sets a cookie with which a browser can later prove that somebody logged in to this account in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "POST" and request.path in LOGIN_PATHS and request.user.is_authenticated:
            login_limits.remember_device(request, response, email=request.user.email)
        return response
