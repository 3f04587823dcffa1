"""Multi-factor authentication (MFA) by django-allauth: time-based one-time passwords (TOTP, RFC 6238), passkeys and
recovery codes.

People add one to their account where they like, organizations may ask it of their members, and operators act as such
only with one: a password of theirs opens every tenant, so a guessed or stolen one must not be enough. A session that
was opened without one is that of a person, and no operator's.
"""

import base64
import hashlib
from datetime import datetime

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from trainyard.core import audit
from trainyard.core.errors import NotFound
from trainyard.tenants.models import User

METHOD = "mfa"
"""How allauth notes in a session that a second factor, or a passkey, was shown."""
RAW_SECRET_BYTES = 20
"""Secrets of earlier releases were stored as bytes, these days they are in base 32."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Encrypts the TOTP secrets of authenticator apps."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            secret = _cipher().decrypt(encrypted_text.encode())
        except InvalidToken:  # the platform's secret key is another now: no code is right until they enrol again
            return str(generate_totp_secret())
        return (base64.b32encode(secret) if len(secret) == RAW_SECRET_BYTES else secret).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Trainyard"}


@transaction.atomic
def enrol(*, email: str, actor: str, now: datetime) -> str:
    """Gives an account a new secret in place of any old one; returns its ``otpauth://`` address.

    Raises ``NotFound``.
    """
    user = _user(email)
    Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    audit.record(actor=actor, action="second_factor.enrol", target=user.id, now=now)
    return str(get_adapter().build_totp_url(user, secret))


@transaction.atomic
def remove(*, email: str, actor: str, now: datetime) -> None:
    """Takes every second factor of an account away. Raises ``NotFound``."""
    user = _user(email)
    Authenticator.objects.filter(user=user).delete()
    audit.record(actor=actor, action="second_factor.remove", target=user.id, now=now)


def is_asked_of(user: User) -> bool:
    """Whether ``user`` acts as an operator only with a second factor."""
    return settings.ENVIRONMENT.requires_second_factor or is_mfa_enabled(user)


def accepts(request: HttpRequest, *, user: User, code: str) -> bool:
    """Whether ``code`` is one of the authenticator app or a recovery code of ``user``; noted in the session if so.

    Each is accepted once.
    """
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    for authenticator in Authenticator.objects.filter(user=user, type__in=kinds):
        if authenticator.wrap().validate_code(code.strip()):
            post_authentication(request, authenticator)
            return True
    return False


def was_shown(request: HttpRequest) -> bool:
    """Whether this session's user showed a second factor, or logged in by a passkey."""
    return any(record.get("method") == METHOD for record in get_authentication_records(request, request.user))


def holds(request: HttpRequest) -> bool:
    """Whether the session's user may act as an operator, as far as the second factor goes."""
    user = request.user
    if not isinstance(user, User):
        return False
    if was_shown(request):
        return True
    key = f"trainyard.second_factor.{user.id}"  # a page of the admin asks many times
    if key not in request.META:
        request.META[key] = not is_asked_of(user)
    return bool(request.META[key])


def _cipher() -> Fernet:
    key = hashlib.sha256(f"second factor {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _user(email: str) -> User:
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise NotFound(f"There is no account with the address {email}.")
    return user
