"""Limits of failed log-ins, which lock out whoever guesses a password and nobody else.

Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies. A browser in which somebody once logged in as an
account carries a signed cookie that says so. Its failures count for itself alone, and those of all others never lock it
out. Without the cookie an account is locked for the address that guesses, an address that guesses many accounts for
all of them, and an account that is guessed from very many addresses for everybody but its known devices.
"""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from redis import RedisError

from trainyard.core.errors import TrainyardError
from trainyard.core.subscribers import subscriber_of

logger = structlog.get_logger(__name__)

COOKIE = "trainyard_device"
COOKIE_SECONDS = 365 * 86_400
SALT = "trainyard.known-device"
ACCOUNTS_PER_DEVICE = 8


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` failures within ``seconds`` of the first one."""

    name: str
    most: int
    seconds: int


PAIR = Limit("account-at-address", most=5, seconds=300)
ADDRESS = Limit("address", most=30, seconds=300)
ACCOUNT = Limit("account", most=100, seconds=3_600)
DEVICE = Limit("account-on-device", most=10, seconds=300)


class TooManyFailures(Exception):
    """Too many failed log-ins; the right password is refused, too."""


class LoginUnavailable(TrainyardError):
    """Failed log-ins cannot be counted at present, so that nobody can log in by password."""

    status = 503
    code = "login_unavailable"


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One log-in attempt, counted as failed until it succeeds."""

    keys: tuple[str, ...]

    def take_back(self) -> None:
        """It succeeded. What others failed stays counted."""
        for key in self.keys:
            try:
                cache.decr(key)
            except ValueError:  # its time was over meanwhile
                continue


def begin(request: HttpRequest, *, email: str) -> LoginAttempt:
    """Counts a try. Raises ``TooManyFailures`` and ``LoginUnavailable``."""
    try:
        return _begin(request, email=email)
    except RedisError as error:
        logger.error("login_limits.failed", error=str(error))
        raise LoginUnavailable(
            "Nobody can log in at the moment.", hint="Try again in a few seconds.", retry_after_seconds=5
        ) from None


def _begin(request: HttpRequest, *, email: str) -> LoginAttempt:
    keys = []
    for limit, whose in _counted(request, _name(email)):
        key = _key(limit, whose)
        keys.append(key)
        if _count(key, limit.seconds) > limit.most:
            raise TooManyFailures
    return LoginAttempt(tuple(keys))


def unlock(*, email: str) -> None:
    """Forgets all failures of an account, wherever they came from."""
    cache.set(_epoch_key(_name(email)), secrets.token_hex(8), timeout=ACCOUNT.seconds)


def remember_device(request: HttpRequest, response: HttpResponseBase, *, email: str) -> None:
    """Makes the browser a known device of the account, beside those of other accounts that it is one of."""
    name = _name(email)
    known = {name: secrets.token_hex(8)} | {other: it for other, it in _known(request).items() if other != name}
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(list(known.items())[:ACCOUNTS_PER_DEVICE]), salt=SALT),
        max_age=COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _counted(request: HttpRequest, name: str) -> Iterator[tuple[Limit, str]]:
    epoch = cache.get(_epoch_key(name), "")
    if (device := _known(request).get(name)) is not None:
        yield DEVICE, f"{name}:{device}:{epoch}"
        return
    address = subscriber_of(request.META.get("REMOTE_ADDR", ""))
    yield PAIR, f"{name}:{address}:{epoch}"
    yield ADDRESS, address
    yield ACCOUNT, f"{name}:{epoch}"


def _count(key: str, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # its time was over just now
        return 1


def _known(request: HttpRequest) -> dict[str, str]:
    """Secret of each account that the browser is a known device of."""
    try:
        known: dict[str, str] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return {}
    return known


def _name(email: str) -> str:
    """Stands for the account in keys and cookies, and does not tell its address."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]


def _key(limit: Limit, whose: str) -> str:
    return f"login:{limit.name}:{whose}"


def _epoch_key(name: str) -> str:
    return f"login:unlocked:{name}"
