"""Time-based one-time passwords (TOTP, RFC 6238) as the second factor of operators.

An operator's password opens every tenant, so a guessed or stolen one must not be enough. ``manage.py second_factor``
gives an account its secret; from then on it logs in to the operators' pages with a code. A session that was opened
without one is that of a person, and no operator's.
"""

import base64
import hashlib
import secrets
import time
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken as WrongCode
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from trainyard.core import audit
from trainyard.core.errors import NotFound
from trainyard.tenants.models import SecondFactor, User

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
TOLERATED_STEPS = (0, -1, 1)
"""How far the clocks of a phone and of the platform may be apart."""
SESSION_KEY = "trainyard.second_factor"
ISSUER = "Trainyard"


@transaction.atomic
def enrol(*, email: str, actor: str, now: datetime) -> str:
    """Gives an account a new secret in place of any old one; returns its ``otpauth://`` address.

    Raises ``NotFound``.
    """
    user = _user(email)
    secret = secrets.token_bytes(SECRET_BYTES)
    fresh = {"secret": _cipher().encrypt(secret).decode(), "last_step": 0, "created_at": now}
    SecondFactor.objects.update_or_create(user=user, defaults=fresh)
    audit.record(actor=actor, action="second_factor.enrol", target=user.id, now=now)
    return _totp(secret).get_provisioning_uri(user.email, ISSUER)


@transaction.atomic
def remove(*, email: str, actor: str, now: datetime) -> None:
    """Takes the second factor of an account away. Raises ``NotFound``."""
    user = _user(email)
    SecondFactor.objects.filter(user=user).delete()
    audit.record(actor=actor, action="second_factor.remove", target=user.id, now=now)


def is_asked_of(user: User) -> bool:
    """Whether ``user`` acts as an operator only with a second factor."""
    return settings.ENVIRONMENT.requires_second_factor or SecondFactor.objects.filter(user=user).exists()


def accepts(*, user: User, code: str, timestamp: float) -> bool:
    """Whether ``code`` is one of ``user`` at the Unix time ``timestamp``. Each is accepted once."""
    factor = SecondFactor.objects.filter(user=user).first()
    secret = _secret_of(factor) if factor else None
    if secret is None:
        return False
    for step in TOLERATED_STEPS:
        counter = int(timestamp) // STEP_SECONDS + step
        if _matches(secret, code, counter):
            unused = SecondFactor.objects.filter(Q(last_step__lt=counter), user=user)
            return unused.update(last_step=counter) == 1
    return False


def mark(request: HttpRequest, user: User) -> None:
    """Notes in the session that ``user`` showed a second factor."""
    request.session[SESSION_KEY] = [user.id, time.time()]


def holds(request: HttpRequest) -> bool:
    """Whether the session's user may act as an operator, as far as the second factor goes."""
    user = request.user
    if not isinstance(user, User):
        return False
    shown = request.session.get(SESSION_KEY)
    if isinstance(shown, list) and shown[:1] == [user.id]:
        return True
    key = f"trainyard.second_factor.{user.id}"  # a page of the admin asks many times
    if key not in request.META:
        request.META[key] = not is_asked_of(user)
    return bool(request.META[key])


def _matches(secret: bytes, code: str, counter: int) -> bool:
    try:
        _totp(secret).verify(code.strip().encode(), counter * STEP_SECONDS)
    except WrongCode:
        return False
    return True


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  what authenticator apps know; HMAC makes it safe


def _secret_of(factor: SecondFactor) -> bytes | None:
    try:
        return _cipher().decrypt(factor.secret.encode())
    except InvalidToken:  # the platform's secret key is another now: enrol again
        return None


def _cipher() -> Fernet:
    key = hashlib.sha256(f"second factor {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _user(email: str) -> User:
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise NotFound(f"There is no account with the address {email}.")
    return user
