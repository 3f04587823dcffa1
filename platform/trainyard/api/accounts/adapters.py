"""Adapters of django-allauth for sign-up and log-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from trainyard.api.accounts import sign_up
from trainyard.core.mail import outgoing
from trainyard.core.time import database_now
from trainyard.tenants import login_limits
from trainyard.tenants.models import User
from trainyard.tenants.operations import email_taken


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up by the operator's setting, e-mail after the commit, failed log-ins limited by ``login_limits``."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """For the dashboard, which asks by GET. Raises ``SignUpClosed`` for somebody who tries."""
        if request.method == "POST":
            sign_up.check_open()
        return sign_up.is_open()

    def new_user(self, request: HttpRequest) -> User:
        return User(created_at=database_now())

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError:
            raise email_taken(str(user.email)) from None  # somebody else was faster

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """The key of an invitation came by e-mail to the address that it is for."""
        return sign_up.came_by_invitation(request, email=email) or bool(super().is_email_verified(request, email))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """People have no user names."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message: EmailMessage = self.render_mail(template_prefix, email, {"email": email, **context})
        outgoing.send(message)

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


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Log-in by the OpenID Connect provider of the settings."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return sign_up.is_open_to(email=str(sociallogin.user.email or ""))

    def new_user(self, request: HttpRequest, sociallogin: Any) -> User:
        return User(created_at=database_now())

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        sociallogin.user.name = str(data.get("name") or "")[: User._meta.get_field("name").max_length]
        return super().populate_user(request, sociallogin, data)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            sign_up.complete(user=user, organization_name="", now=database_now())
        return user
