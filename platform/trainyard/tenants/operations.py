"""Writes about organizations, people and keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound, PermissionDenied
from trainyard.core.secrets import digest, new_secret
from trainyard.core.tenancy import current_tenant
from trainyard.tenants.models import ApiKey, Membership, Organization, Role, User

API_KEY_KIND = "ty_live_"
LAST_USED_RESOLUTION = timedelta(minutes=1)

MAY_GRANT: dict[Role, frozenset[Role]] = {
    Role.OWNER: frozenset(Role),
    Role.ADMIN: frozenset(Role) - {Role.OWNER},
}


class EmailTaken(Conflict):
    code = "email_taken"


class KeyEnded(Conflict):
    code = "key_ended"


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key and its secret, which is shown this once."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class Granter:
    """Who makes, rotates or ends keys. ``ends_at`` is when their own key expires: none that they make outlives it."""

    role: Role
    ends_at: datetime | None = None


@transaction.atomic
def create_organization(*, name: str, owner_email: str, actor: str, now: datetime) -> tuple[Organization, IssuedKey]:
    """A new organization, its owner (made when the address is new) and its first key."""
    organization = Organization.objects.create(name=name, created_at=now)
    owner = User.objects.filter(email__iexact=owner_email).first()
    if owner is None:
        owner = create_user(email=owner_email, password=None, now=now)
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER, created_at=now)
    audit.record(
        actor=actor, action="organization.create", target=organization.id, organization_id=organization.id, now=now
    )
    issued = issue_api_key(organization_id=organization.id, name="First key", role=Role.OWNER, actor=actor, now=now)
    return organization, issued


@transaction.atomic
def set_limits(*, organization_id: str, actor: str, now: datetime, **limits: int | None) -> Organization:
    """Sets ``max_stored_bytes`` and ``max_bytes_in_flight``, as far as they are given. Raises ``NotFound``."""
    organization = Organization.objects.select_for_update().filter(id=organization_id).first()
    if organization is None:
        raise NotFound("There is no organization by that id.")
    before = {name: getattr(organization, name) for name in limits}
    for name, value in limits.items():
        setattr(organization, name, value)
    organization.save(update_fields=list(limits))
    audit.record(
        actor=actor,
        action="organization.limits",
        target=organization_id,
        organization_id=organization_id,
        now=now,
        before=before,
        after=limits,
    )
    return organization


def create_user(*, email: str, password: str | None, now: datetime, is_operator: bool = False) -> User:
    """A person who can log in; without a password only after setting one. Raises ``EmailTaken``."""
    taken = EmailTaken(
        f"{email} already has an account.", errors=(FieldError("email", "taken", "This address has an account."),)
    )
    if User.objects.filter(email__iexact=email).exists():
        raise taken
    user = User(email=email.lower(), is_staff=is_operator, is_superuser=is_operator, created_at=now)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise taken from None  # somebody else was faster
    return user


@transaction.atomic
def issue_api_key(
    *,
    organization_id: str | None,
    name: str,
    role: Role,
    actor: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A new key of an organization, or, without one, of the platform's operators."""
    secret = new_secret(API_KEY_KIND)
    key = ApiKey.across_tenants.create(
        organization_id=organization_id,
        name=name,
        role=role,
        prefix=secret.prefix,
        secret_sha256=secret.sha256,
        created_at=now,
        expires_at=expires_at,
    )
    audit.record(actor=actor, action="api_key.create", target=key.id, organization_id=organization_id or "", now=now)
    return IssuedKey(key=key, secret=secret.value)


def create_api_key(
    *, name: str, role: Role, granted_by: Granter, actor: str, now: datetime, expires_at: datetime | None = None
) -> IssuedKey:
    """A new key of the tenant in context, made by ``granted_by``.

    Raises ``PermissionDenied`` for a role that they may not grant, ``InvalidInput`` for an end that is past or later
    than that of their own key.
    """
    _check_may_grant(role, granted_by=granted_by)
    _check_ends_before(granted_by, expires_at)
    if expires_at is not None and expires_at <= now:
        message = "The key would have expired already."
        raise InvalidInput(message, errors=(FieldError("expires_at", "invalid", message),))
    return issue_api_key(
        organization_id=current_tenant(), name=name, role=role, actor=actor, now=now, expires_at=expires_at
    )


@transaction.atomic
def rotate_api_key(*, key_id: str, overlap: timedelta, granted_by: Granter, actor: str, now: datetime) -> IssuedKey:
    """A key with the same name, role and lifetime in place of one that ends after ``overlap``.

    Made by somebody whose own key expires, it expires with that at the latest.

    Raises ``NotFound``, ``KeyEnded`` and, for a key with a role that ``granted_by`` may not grant,
    ``PermissionDenied``; ``InvalidInput`` for one that never expires, where the caller's own does.
    """
    key = _api_key(key_id)
    _check_may_grant(Role(key.role), granted_by=granted_by)
    lasting = key.expires_at and now + (key.expires_at - key.created_at)
    new_end = min(lasting, granted_by.ends_at) if lasting and granted_by.ends_at else lasting
    _check_ends_before(granted_by, new_end)
    live = ApiKey.objects.filter(id=key_id, revoked_at=None).exclude(expires_at__lte=now)
    ends_at = min(now + overlap, key.expires_at or now + overlap)
    if live.update(expires_at=ends_at, revoked_at=None if overlap else now) != 1:
        raise KeyEnded("The key was revoked or has expired.", hint="Create a new key.")
    issued = issue_api_key(
        organization_id=key.organization_id,
        name=key.name,
        role=Role(key.role),
        actor=actor,
        now=now,
        expires_at=new_end,
    )
    audit.record(
        actor=actor,
        action="api_key.rotate",
        target=key_id,
        organization_id=current_tenant(),
        now=now,
        replaced_by=issued.key.id,
    )
    return issued


@transaction.atomic
def revoke_api_key(*, key_id: str, granted_by: Granter, actor: str, now: datetime) -> ApiKey:
    """Ends a key of the tenant in context; revoking again changes nothing.

    Raises ``NotFound`` and, for a key with a role that ``granted_by`` may not grant, ``PermissionDenied``.
    """
    key = _api_key(key_id)
    _check_may_grant(Role(key.role), granted_by=granted_by)
    if ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=now) == 1:
        audit.record(
            actor=actor, action="api_key.revoke", target=key_id, organization_id=key.organization_id or "", now=now
        )
        key.refresh_from_db()
    return key


def authenticate_api_key(*, secret: str, now: datetime) -> ApiKey | None:
    """The live key that ``secret`` opens, of an organization that is not suspended, or ``None``."""
    key = ApiKey.across_tenants.select_related("organization").filter(secret_sha256=digest(secret)).first()
    if key is None or not key.is_live(now=now):
        return None
    if key.organization is not None and key.organization.state != Organization.State.ACTIVE:
        return None
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_RESOLUTION:
        ApiKey.across_tenants.filter(id=key.id).update(last_used_at=now)
    return key


def _api_key(key_id: str) -> ApiKey:
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise NotFound("There is no API key by that id.")
    return key


def _check_may_grant(role: Role, *, granted_by: Granter) -> None:
    if role not in MAY_GRANT.get(granted_by.role, frozenset()):
        raise PermissionDenied(f"Your role ({granted_by.role}) may not issue or end keys with the role {role}.")


def _check_ends_before(granted_by: Granter, expires_at: datetime | None) -> None:
    if granted_by.ends_at is None or (expires_at is not None and expires_at <= granted_by.ends_at):
        return
    message = "A key that expires makes none that lasts longer."
    hint = f"Set expires_at to {granted_by.ends_at:%Y-%m-%dT%H:%M:%SZ} or earlier, or use a key that does not expire."
    raise InvalidInput(message, hint=hint, errors=(FieldError("expires_at", "outlives_its_maker", message, hint),))
