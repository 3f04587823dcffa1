"""Writes of API keys: creation, rotation, revocation, use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.prepared import PreparedQuery
from trainyard.core.secrets import digest, new_secret
from trainyard.core.tenancy import current_tenant
from trainyard.core.time import ClockTimestamp, database_now
from trainyard.tenants.models import ApiKey, Organization, Role
from trainyard.tenants.roles import check_may_grant

API_KEY_KIND = "ty_live_"
LAST_USED_RESOLUTION = timedelta(minutes=1)
_BY_SECRET = PreparedQuery(
    lambda *, secret_sha256: (
        ApiKey.across_tenants.select_related("organization__plan_limits")
        .filter(secret_sha256=secret_sha256)
        .annotate(read_at=ClockTimestamp())
    ),
    "secret_sha256",
    across_tenants=True,
)


class KeyEnded(Conflict):
    code = "key_ended"


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """Role, scopes, cap and expiry of a key.

    ``scopes`` None: everything that its ``role`` allows; others None: no limit.
    """

    name: str
    role: Role
    scopes: tuple[str, ...] | None = None
    monthly_cap_micros: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key with its secret, which is shown once."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class Granter:
    """Who makes, rotates or ends keys. ``ends_at`` is when their own key expires and ``scopes`` are what it is limited
    to: none that they make outlives it or may do more."""

    role: Role
    ends_at: datetime | None = None
    scopes: frozenset[str] | None = None


@transaction.atomic
def issue_api_key(
    *, organization_id: str | None, terms: KeyTerms, actor: str, now: datetime, lineage: str = ""
) -> IssuedKey:
    """A new key of an organization, or, without one, of the platform's operators."""
    secret = new_secret(API_KEY_KIND)
    key = ApiKey(
        organization_id=organization_id,
        name=terms.name,
        role=terms.role,
        scopes=None if terms.scopes is None else sorted(terms.scopes),
        monthly_cap_micros=terms.monthly_cap_micros,
        prefix=secret.prefix,
        secret_sha256=secret.sha256,
        created_at=now,
        expires_at=terms.expires_at,
    )
    key.lineage = lineage or key.id
    key.save(force_insert=True)
    audit.record(
        actor=actor,
        action="api_key.create",
        target=key.id,
        organization_id=organization_id or "",
        now=now,
        after=_told(key),
    )
    return IssuedKey(key=key, secret=secret.value)


def create_api_key(*, terms: KeyTerms, granted_by: Granter, actor: str, now: datetime) -> IssuedKey:
    """A new key of the tenant in context, made by ``granted_by``.

    Raises ``PermissionDenied`` for a role that they may not grant, ``InvalidInput`` for scopes that they have not and
    for an end that is past or later than that of their own key.
    """
    check_may_grant(terms.role, by=granted_by.role)
    _check_scopes(terms.scopes, granted_by=granted_by)
    _check_ends_before(granted_by, terms.expires_at)
    if terms.expires_at is not None and terms.expires_at <= now:
        message = "The key would have expired already."
        raise InvalidInput(message, errors=(FieldError("expires_at", "invalid", message),))
    return issue_api_key(organization_id=current_tenant(), terms=terms, actor=actor, now=now)


@transaction.atomic
def rotate_api_key(*, key_id: str, overlap: timedelta, granted_by: Granter, actor: str, now: datetime) -> IssuedKey:
    """A key on the same terms in place of one that ends after ``overlap``; both count towards one monthly cap.

    Made by somebody whose own key expires, it expires with that at the latest.

    Raises ``NotFound``, ``KeyEnded`` and, for a key with a role that ``granted_by`` may not grant,
    ``PermissionDenied``; ``InvalidInput`` for one that never expires, where the caller's own does.
    """
    key = _api_key(key_id)
    check_may_grant(key.role, by=granted_by.role)
    terms = _terms(key)
    _check_scopes(terms.scopes, granted_by=granted_by)
    lasting = key.expires_at and now + (key.expires_at - key.created_at)
    new_end = min(lasting, granted_by.ends_at) if lasting and granted_by.ends_at else lasting
    _check_ends_before(granted_by, new_end)
    live = ApiKey.objects.filter(id=key_id, revoked_at=None).exclude(expires_at__lte=now)
    ends_at = min(now + overlap, key.expires_at or now + overlap)
    if live.update(expires_at=ends_at, revoked_at=None if overlap else now) != 1:
        raise KeyEnded("The key was revoked or has expired.", hint="Create a new key.")
    issued = issue_api_key(
        organization_id=key.organization_id,
        terms=replace(terms, expires_at=new_end),
        actor=actor,
        now=now,
        lineage=key.lineage or key.id,
    )
    audit.record(
        actor=actor,
        action="api_key.rotate",
        target=key_id,
        organization_id=current_tenant(),
        now=now,
        before={"expires_at": key.expires_at},
        after={"expires_at": ends_at},
        replaced_by=issued.key.id,
    )
    return issued


@transaction.atomic
def revoke_api_key(*, key_id: str, granted_by: Granter, actor: str, now: datetime) -> ApiKey:
    """Ends a key of the tenant in context; revoking again changes nothing.

    Raises ``NotFound`` and, for a key with a role that ``granted_by`` may not grant, ``PermissionDenied``.
    """
    key = _api_key(key_id)
    check_may_grant(key.role, by=granted_by.role)
    if ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=now) == 1:
        audit.record(
            actor=actor,
            action="api_key.revoke",
            target=key_id,
            organization_id=key.organization_id or "",
            now=now,
            before={"revoked_at": None},
            after={"revoked_at": now},
        )
        key.refresh_from_db()
    return key


def authenticate_api_key(*, secret: str) -> ApiKey | None:
    """The live key that ``secret`` opens, of an organization that is not suspended, or ``None``.

    By the database's clock, which is read with the key: every request asks this.
    """
    key: Any = next(iter(_BY_SECRET.rows(secret_sha256=digest(secret))), None)
    if key is None:
        return None
    now = key.read_at or database_now()
    if not key.is_live(now=now):
        return None
    if key.organization is not None and key.organization.state != Organization.State.ACTIVE:
        return None
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_RESOLUTION:
        ApiKey.across_tenants.filter(id=key.id).update(last_used_at=now)
    found: ApiKey = key
    return found


def _terms(key: ApiKey) -> KeyTerms:
    return KeyTerms(
        name=key.name,
        role=Role(key.role),
        scopes=None if key.scopes is None else tuple(key.scopes),
        monthly_cap_micros=key.monthly_cap_micros,
        expires_at=key.expires_at,
    )


def _told(key: ApiKey) -> dict[str, object]:
    """What the audit log says of a key's terms."""
    return {
        "name": key.name,
        "role": key.role,
        "scopes": key.scopes,
        "monthly_cap_micros": key.monthly_cap_micros,
        "expires_at": key.expires_at,
    }


def _api_key(key_id: str) -> ApiKey:
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise NotFound("There is no API key by that id.")
    return key


def _check_scopes(scopes: Sequence[str] | None, *, granted_by: Granter) -> None:
    if granted_by.scopes is None or (scopes is not None and granted_by.scopes.issuperset(scopes)):
        return
    message = "A key with scopes makes none that may do more."
    hint = f"Choose among {', '.join(sorted(granted_by.scopes))}, or use a key without scopes."
    raise InvalidInput(message, hint=hint, errors=(FieldError("scopes", "exceeds_its_maker", message, hint),))


def _check_ends_before(granted_by: Granter, expires_at: datetime | None) -> None:
    if granted_by.ends_at is None or (expires_at is not None and expires_at <= granted_by.ends_at):
        return
    message = "A key that expires makes none that lasts longer."
    hint = f"Set expires_at to {granted_by.ends_at:%Y-%m-%dT%H:%M:%SZ} or earlier, or use a key that does not expire."
    raise InvalidInput(message, hint=hint, errors=(FieldError("expires_at", "outlives_its_maker", message, hint),))
