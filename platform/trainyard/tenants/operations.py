"""Writes about organizations, people and keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, NotFound
from trainyard.core.secrets import digest, new_secret
from trainyard.tenants.models import ApiKey, Membership, Organization, Role, User

API_KEY_KIND = "ty_live_"
LAST_USED_RESOLUTION = timedelta(minutes=1)


class EmailTaken(Conflict):
    code = "email_taken"


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key and its secret, which is shown this once."""

    key: ApiKey
    secret: str


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


def create_user(*, email: str, password: str | None, now: datetime, is_operator: bool = False) -> User:
    """A person who can log in; without a password only after setting one. Raises ``EmailTaken``."""
    if User.objects.filter(email__iexact=email).exists():
        raise EmailTaken(
            f"{email} already has an account.", errors=(FieldError("email", "taken", "This address has an account."),)
        )
    user = User(email=email.lower(), is_staff=is_operator, is_superuser=is_operator, created_at=now)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.save(force_insert=True)
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


@transaction.atomic
def revoke_api_key(*, key_id: str, actor: str, now: datetime) -> ApiKey:
    """Ends a key of the tenant in context; revoking again changes nothing. Raises ``NotFound``."""
    key = ApiKey.objects.filter(id=key_id).first()
    if key is None:
        raise NotFound("There is no API key by that id.")
    if ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=now) == 1:
        audit.record(
            actor=actor, action="api_key.revoke", target=key_id, organization_id=key.organization_id or "", now=now
        )
        key.refresh_from_db()
    return key


def authenticate_api_key(*, secret: str, now: datetime) -> ApiKey | None:
    """The live key that ``secret`` opens, of an organization that is not suspended, or ``None``."""
    key = ApiKey.across_tenants.select_related("organization").filter(secret_sha256=digest(secret)).first()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    if key.organization is not None and key.organization.state != Organization.State.ACTIVE:
        return None
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_RESOLUTION:
        ApiKey.across_tenants.filter(id=key.id).update(last_used_at=now)
    return key
