"""Writes of organizations and people."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, NotFound, PreconditionFailed, QuotaExceeded
from trainyard.core.tenancy import current_tenant
from trainyard.tenants.api_keys import IssuedKey, KeyTerms, issue_api_key
from trainyard.tenants.models import Membership, Organization, Role, User

MOST_OWNED = 20
"""Organizations of one person, which stand for as many free credits and tables."""


ENDED = frozenset({Organization.State.CLOSING, Organization.State.DELETED})


class OrganizationDeleted(Conflict):
    code = "organization_deleted"


class EmailTaken(Conflict):
    code = "email_taken"


@transaction.atomic
def create_organization(*, name: str, owner_email: str, actor: str, now: datetime) -> tuple[Organization, IssuedKey]:
    """A new organization, its owner (made when the address is new) and its first key."""
    owner = User.objects.filter(email__iexact=owner_email).first()
    if owner is None:
        owner = create_user(email=owner_email, password=None, now=now)
    organization = found_organization(name=name, owner=owner, actor=actor, now=now)
    terms = KeyTerms(name="First key", role=Role.OWNER)
    issued = issue_api_key(organization_id=organization.id, terms=terms, actor=actor, now=now)
    return organization, issued


@transaction.atomic
def found_organization(*, name: str, owner: User, now: datetime, actor: str | None = None) -> Organization:
    """A new organization with one member, its owner."""
    organization = Organization.objects.create(name=name, created_at=now)
    Membership.objects.create(organization=organization, user=owner, role=Role.OWNER, created_at=now)
    audit.record(
        actor=actor or owner.id,
        action="organization.create",
        target=organization.id,
        organization_id=organization.id,
        now=now,
        after={"owner": owner.id},
    )
    return organization


@transaction.atomic
def open_organization(*, name: str, owner: User, now: datetime) -> Organization:
    """Another organization of somebody who has an account. Raises ``QuotaExceeded``."""
    User.objects.select_for_update().get(id=owner.id)
    owned = Membership.objects.filter(user=owner, role=Role.OWNER, organization__state=Organization.State.ACTIVE)
    if owned.count() >= MOST_OWNED:
        raise QuotaExceeded(f"You own {MOST_OWNED} organizations.", hint="Delete one, or hand it over, first.")
    return found_organization(name=name, owner=owner, now=now)


@transaction.atomic
def change_organization(*, now: datetime, **changes: object) -> Organization:
    """Sets ``name`` and ``requires_second_factor`` of the one in context, as far as they are given."""
    organization = Organization.objects.select_for_update().get(id=current_tenant())
    before = {name: getattr(organization, name) for name in changes}
    if before == changes:
        return organization
    for name, value in changes.items():
        setattr(organization, name, value)
    organization.save(update_fields=list(changes))
    audit.record(
        action="organization.change",
        target=organization.id,
        organization_id=organization.id,
        now=now,
        before=before,
        after=changes,
    )
    return organization


@transaction.atomic
def set_state(*, organization_id: str, state: Organization.State, actor: str, now: datetime) -> Organization:
    """Suspends an organization, or makes it active again; the same state again changes nothing.

    While it is suspended nobody acts for it, and no job of it starts. Raises ``NotFound``, ``OrganizationDeleted``.
    """
    organization = Organization.objects.select_for_update().filter(id=organization_id).first()
    if organization is None:
        raise NotFound("There is no organization by that id.")
    before = organization.state
    if before in ENDED:
        raise OrganizationDeleted("This organization is being deleted, for good.")
    if before != state:
        organization.state = state
        organization.save(update_fields=["state"])
        audit.record(
            actor=actor,
            action="organization.state",
            target=organization_id,
            organization_id=organization_id,
            now=now,
            before={"state": before},
            after={"state": state},
        )
    return organization


@transaction.atomic
def set_limits(
    *, organization_id: str, actor: str, now: datetime, revision: int | None = None, **limits: int | None
) -> Organization:
    """Sets ``max_stored_bytes`` and ``max_bytes_in_flight``, as far as they are given.

    With ``revision`` only if nobody set any since then. Raises ``NotFound`` and ``PreconditionFailed``.
    """
    organization = Organization.objects.select_for_update().filter(id=organization_id).first()
    if organization is None:
        raise NotFound("There is no organization by that id.")
    if revision not in (None, organization.limits_revision):
        raise PreconditionFailed("Somebody changed these limits meanwhile.", hint="Read them again, then set them.")
    before = {name: getattr(organization, name) for name in limits}
    for name, value in limits.items():
        setattr(organization, name, value)
    organization.limits_revision += 1
    organization.save(update_fields=[*limits, "limits_revision"])
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


def email_taken(email: str) -> EmailTaken:
    """The refusal of a second account for ``email``."""
    return EmailTaken(
        f"{email} already has an account.", errors=(FieldError("email", "taken", "This address has an account."),)
    )


@transaction.atomic
def create_user(*, email: str, password: str | None, now: datetime, is_operator: bool = False) -> User:
    """A person who can log in; without a password once they have set one by e-mail. Raises ``EmailTaken``.

    Whoever calls this vouches for the address.
    """
    if User.objects.filter(email__iexact=email).exists():
        raise email_taken(email)
    user = User(email=email.lower(), is_staff=is_operator, is_superuser=is_operator, created_at=now)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            vouch_for_address(user)
    except IntegrityError:
        raise email_taken(email) from None  # somebody else was faster
    return user


def vouch_for_address(user: User) -> None:
    """Makes the address of ``user`` one that they log in with, without a mail that asks them to confirm it."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email.lower(), defaults={"primary": True, "verified": True}
    )
