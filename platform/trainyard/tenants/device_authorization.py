"""OAuth 2.0 device authorization grant (RFC 8628): a program without a browser gets an API key that a person approves.

The program holds a device code and polls; the person opens a URL elsewhere, types the user code and approves the
request. The key is created when the program fetches it, so that nobody else sees its secret. Rows belong to no
organization until they are approved: only a code leads to one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from trainyard.core import audit
from trainyard.core.errors import InvalidInput, NotFound, PermissionDenied, TrainyardError
from trainyard.core.secrets import digest, new_secret
from trainyard.core.tenancy import current_tenant, platform_scope, tenant_scope
from trainyard.tenants import queries
from trainyard.tenants.api_keys import Granter, IssuedKey, KeyTerms, create_api_key
from trainyard.tenants.models import DeviceAuthorization, Organization, Role
from trainyard.tenants.permissions import is_allowed
from trainyard.tenants.roles import check_may_grant

DEVICE_CODE_KIND = "ty_device_"
USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no code is a word (RFC 8628, section 6.1); eight of them are 34 bits."""
USER_CODE_LENGTH = 8
LIFETIME = timedelta(minutes=15)
INTERVAL_SECONDS = 5
SLOW_DOWN_SECONDS = 5
GRACE = timedelta(seconds=1)
"""A poll that the network brought a little early is no poll too many."""
KEPT_FOR = timedelta(days=1)
USUAL_KEY_DAYS = 90
MOST_KEY_DAYS = 365


class DeviceCodeEnded(NotFound):
    """No device waits with this code: it is wrong, was answered, or has expired."""

    code = "device_code_ended"


class InvalidGrant(InvalidInput):
    """The device code is unknown, or its key was fetched already (RFC 6749, section 5.2)."""

    code = "invalid_grant"


class AuthorizationPending(TrainyardError):
    """No person has decided yet: poll again after ``interval`` seconds (RFC 8628, section 3.5)."""

    code = "authorization_pending"


class SlowDown(TrainyardError):
    """The device polls too often: wait five seconds longer between polls (RFC 8628, section 3.5)."""

    code = "slow_down"


class AccessDenied(TrainyardError):
    """A person denied the device, or lost the right to grant what they had approved."""

    code = "access_denied"


class ExpiredToken(TrainyardError):
    """No person approved the device in time: begin again (RFC 8628, section 3.5)."""

    code = "expired_token"


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """API key that a device requests.

    ``scopes`` None: all that its ``role`` allows; it expires after ``lifetime_days``.
    """

    client_name: str
    role: Role
    scopes: tuple[str, ...] | None
    lifetime_days: int


@dataclass(frozen=True, slots=True)
class StartedAuthorization:
    """A waiting device with its secret, which is shown once."""

    authorization: DeviceAuthorization
    device_code: str


def start(*, wanted: KeyRequest, address: str, now: datetime) -> StartedAuthorization:
    """Begins to wait for somebody who confirms ``wanted``; ``address`` is the network address of the device."""
    secret = new_secret(DEVICE_CODE_KIND)
    authorization = DeviceAuthorization.objects.create(
        device_code_sha256=secret.sha256,
        user_code="".join(secrets.choice(USER_CODE_LETTERS) for _ in range(USER_CODE_LENGTH)),
        client_name=wanted.client_name,
        address=address,
        role=wanted.role,
        scopes=None if wanted.scopes is None else sorted(set(wanted.scopes)),
        lifetime_days=wanted.lifetime_days,
        interval_seconds=INTERVAL_SECONDS,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return StartedAuthorization(authorization, secret.value)


def waiting(user_code: str, *, now: datetime) -> DeviceAuthorization:
    """The device that shows ``user_code``, if nobody has answered it yet. Raises ``DeviceCodeEnded``."""
    typed = "".join(filter(str.isalnum, user_code)).upper()
    found = DeviceAuthorization.objects.filter(user_code=typed, decided_at=None, expires_at__gt=now).first()
    if found is None:
        raise DeviceCodeEnded(
            "No device waits with this code.", hint="Compare it with what the device shows, or begin there again."
        )
    return found


@transaction.atomic
def approve(*, user_code: str, granted_by: Granter, actor: str, now: datetime) -> DeviceAuthorization:
    """Confirms what the device asks for, on behalf of the tenant in context.

    Raises ``DeviceCodeEnded``, and ``PermissionDenied`` for a role that ``granted_by`` may not grant.
    """
    authorization = waiting(user_code, now=now)
    check_may_grant(authorization.role, by=granted_by.role)
    _decide(authorization, approved_for=current_tenant(), actor=actor, now=now)
    return authorization


@transaction.atomic
def deny(*, user_code: str, organization_id: str, actor: str, now: datetime) -> None:
    """Refuses the device for good. Raises ``DeviceCodeEnded``."""
    _decide(waiting(user_code, now=now), approved_for="", actor=actor, now=now, organization_id=organization_id)


def redeem(*, device_code: str, now: datetime) -> IssuedKey:
    """The key that was confirmed for the device; it is made now, and once.

    Raises ``AuthorizationPending``, ``SlowDown``, ``AccessDenied``, ``ExpiredToken`` and ``InvalidGrant``.
    """
    found = DeviceAuthorization.objects.filter(device_code_sha256=digest(device_code)).first()
    if found is None:
        raise InvalidGrant("This device code is unknown.", hint="Begin again.")
    if found.redeemed_at is not None:
        raise InvalidGrant("The key of this device code was fetched already.", hint="Begin again.")
    if found.decided_at is not None and not found.approved_for:
        raise AccessDenied("The request was refused.")
    if found.expires_at <= now:
        raise ExpiredToken("Nobody confirmed in time.", hint="Begin again.")
    _check_pace(found, now=now)
    if found.decided_at is None:
        raise AuthorizationPending("Nobody has confirmed yet.", hint=f"Ask again in {found.interval_seconds} seconds.")
    return _issue(found, now=now)


def purge(*, now: datetime) -> int:
    """Deletes what ended a day ago and returns how many."""
    deleted, _ = DeviceAuthorization.objects.filter(expires_at__lt=now - KEPT_FOR).delete()
    return deleted


def _decide(
    authorization: DeviceAuthorization, *, approved_for: str, actor: str, now: datetime, organization_id: str = ""
) -> None:
    undecided = DeviceAuthorization.objects.filter(id=authorization.id, decided_at=None, expires_at__gt=now)
    if undecided.update(decided_at=now, decided_by=actor, approved_for=approved_for) != 1:
        raise DeviceCodeEnded("Somebody has answered this device already.")
    audit.record(
        actor=actor,
        action="device_authorization.approve" if approved_for else "device_authorization.deny",
        target=authorization.id,
        organization_id=approved_for or organization_id,
        now=now,
        after={
            "client_name": authorization.client_name,
            "address": authorization.address,
            "role": authorization.role,
            "scopes": authorization.scopes,
            "lifetime_days": authorization.lifetime_days,
        },
    )


def _check_pace(found: DeviceAuthorization, *, now: datetime) -> None:
    """Notes a poll. Raises ``SlowDown``."""
    wait = timedelta(seconds=found.interval_seconds) - GRACE
    own = DeviceAuthorization.objects.filter(id=found.id)
    if found.last_polled_at is not None and now < found.last_polled_at + wait:
        own.update(last_polled_at=now, interval_seconds=F("interval_seconds") + SLOW_DOWN_SECONDS)
        seconds = found.interval_seconds + SLOW_DOWN_SECONDS
        raise SlowDown("The device asks too often.", hint=f"Ask again in {seconds} seconds, and no sooner each time.")
    own.update(last_polled_at=now)


@transaction.atomic
def _issue(found: DeviceAuthorization, *, now: datetime) -> IssuedKey:
    if DeviceAuthorization.objects.filter(id=found.id, redeemed_at=None).update(redeemed_at=now) != 1:
        raise InvalidGrant("The key of this device code was fetched already.", hint="Begin again.")
    terms = KeyTerms(
        name=found.client_name,
        role=Role(found.role),
        scopes=None if found.scopes is None else tuple(found.scopes),
        expires_at=now + timedelta(days=found.lifetime_days),
    )
    try:
        granter = _granter(found)
        with tenant_scope(found.approved_for):
            return create_api_key(terms=terms, granted_by=granter, actor=found.decided_by, now=now)
    except PermissionDenied:
        raise AccessDenied("Whoever confirmed may not grant this key any more.", hint="Ask an owner.") from None


def _granter(found: DeviceAuthorization) -> Granter:
    """Who confirmed, as what they are by now. Raises ``PermissionDenied``."""
    with platform_scope():
        membership = queries.membership_of(user_id=found.decided_by, organization_id=found.approved_for)
        active = membership is not None and membership.organization.state == Organization.State.ACTIVE
        is_person = queries.user(found.decided_by).is_active if active else False
    if membership is None or not is_person or not is_allowed("organization.manage", role=membership.role, scopes=None):
        raise PermissionDenied("Whoever confirmed is no manager of the organization any more.")
    return Granter(Role(membership.role))
