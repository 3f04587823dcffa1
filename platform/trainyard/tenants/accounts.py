"""How people log in: django-allauth, without open sign-up."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.headless.adapter import DefaultHeadlessAdapter
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trainyard.core.errors import TrainyardError
from trainyard.tenants import login_limits

LOGIN_PATHS = frozenset({"/_allauth/browser/v1/auth/login", "/admin/login/"})


class NoEmail(TrainyardError):
    status = 403
    code = "no_email"


class NoEmailAdapter(DefaultHeadlessAdapter):  # type: ignore[misc]
    """The platform sends no email, whoever asks for one by whatever call."""

    def get_frontend_url(self, urlname: str, **kwargs: Any) -> str:
        """Of a page that a link in an email leads to."""
        raise NoEmail(
            "This platform sends no email, so a password cannot be reset, and an address not confirmed, by one.",
            hint="Ask the operator of the platform to set a new password or address.",
        )


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made with an organization or by an invitation. Failed log-ins are limited by ``login_limits``."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """People have no user names."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the server states it, which believes trusted proxies alone."""
        return str(request.META.get("REMOTE_ADDR", ""))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            self._attempt = login_limits.begin(request, email=str(credentials.get("email", "")))
        except login_limits.TooManyFailures:
            raise self.validation_error("too_many_login_attempts") from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            self._attempt.take_back()
        return user


class KnownDeviceMiddleware:
    """Lets a browser prove later that somebody logged in here as this account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "POST" and request.path in LOGIN_PATHS and request.user.is_authenticated:
            login_limits.remember_device(request, response, email=request.user.email)
        return response
