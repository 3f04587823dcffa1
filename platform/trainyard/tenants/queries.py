"""Reads of organizations, people and keys."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import QuerySet

from trainyard.core.errors import NotFound
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import current_tenant, platform_scope, tenant_scope
from trainyard.tenants.models import ApiKey, Invitation, Membership, Organization, PlanLimits, User

OPERATOR_NAME = "Operator of the platform"


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a caller. ``organizations`` are a person's; a key acts only for ``organization``."""

    kind: str
    name: str
    email: str | None
    organization: Organization | None
    organizations: list[Membership]


@platform_scope()
def identity(caller_id: str, *, organization_id: str | None) -> Identity:
    """The user or API key with this id, acting for ``organization_id``."""
    key = ApiKey.across_tenants.select_related("organization").filter(id=caller_id).first()
    if key is not None:
        return Identity("api_key", key.name, None, key.organization, [])
    user = User.objects.get(id=caller_id)
    memberships = list(_active_memberships(user_id=caller_id).order_by("id"))
    acting = next((m.organization for m in memberships if m.organization_id == organization_id), None)
    if acting is None and organization_id is not None:  # an operator who looks at it is no member
        acting = organization(organization_id)
    return Identity("user", user.name or user.email, user.email, acting, memberships)


def membership_of(*, user_id: str, organization_id: str | None) -> Membership | None:
    """The user's membership in ``organization_id``, or the first joined; of active organizations only."""
    memberships = _active_memberships(user_id=user_id)
    if organization_id is not None:
        memberships = memberships.filter(organization_id=organization_id)
    return memberships.order_by("id").first()


def preferred_membership(*, user_id: str, preferred: str | None) -> Membership | None:
    """The user's membership in the organization ``preferred``, or else the first joined; of active ones only."""
    memberships = list(_active_memberships(user_id=user_id).order_by("id"))
    return next((found for found in memberships if found.organization_id == preferred), next(iter(memberships), None))


def memberships(*, user_id: str) -> QuerySet[Membership]:
    """All of a person's, in suspended organizations too."""
    return Membership.objects.select_related("organization").filter(user_id=user_id)


def own_membership(*, user_id: str, organization_id: str) -> Membership:
    """The person's in an active organization. Raises ``NotFound``, also where they have none there."""
    found = _active_memberships(user_id=user_id).filter(organization_id=organization_id).first()
    if found is None:
        raise NotFound("There is no organization by that id.")
    return found


def user(user_id: str) -> User:
    """Raises ``NotFound``."""
    found = User.objects.filter(id=user_id).first()
    if found is None:
        raise NotFound("There is no account by that id.")
    return found


def has_account(email: str) -> bool:
    """Whether somebody logs in with this address."""
    return User.objects.filter(email__iexact=email).exists()


def may_still_act(*, caller_id: str, organization_id: str, now: datetime) -> bool:
    """Whether the user or key may act for the organization now as it might a moment ago: for answers that go on."""
    with platform_scope():
        if not Organization.objects.filter(id=organization_id, state=Organization.State.ACTIVE).exists():
            return False
        key = ApiKey.across_tenants.filter(id=caller_id).first()
        if key is not None:
            return key.organization_id == organization_id and key.is_live(now=now)
        memberships = _active_memberships(user_id=caller_id).filter(organization_id=organization_id)
        return memberships.filter(user__is_active=True).exists()


def current_organization() -> Organization:
    """The tenant in context."""
    return organization(current_tenant())


def organization(organization_id: str) -> Organization:
    """Raises ``NotFound``."""
    found = Organization.objects.filter(id=organization_id).first()
    if found is None:
        raise NotFound("There is no organization by that id.")
    return found


def most_bytes_in_flight(organization_id: str) -> int:
    """How many bytes of uploads an organization may send at once to one web process."""
    with tenant_scope(organization_id):
        own = organization(organization_id).max_bytes_in_flight
    return int(settings.ENVIRONMENT.effective_max_bytes_in_flight if own is None else own)


def most_stored_bytes() -> int:
    """How many bytes of uploads the organization in context may store: its own limit, its plan's or the platform's."""
    own, of_plan = current_organization().max_stored_bytes, plan_limits().max_stored_bytes
    known = own if own is not None else of_plan
    return int(settings.ENVIRONMENT.max_stored_bytes if known is None else known)


def plan_limits() -> PlanLimits:
    """Limits of the plan of the tenant in context; empty ones without a plan."""
    return PlanLimits.objects.first() or PlanLimits(organization_id=current_tenant())


def organization_rate(organization: Organization | None) -> int | None:
    """Requests a second that the plan of ``organization``, read with its ``plan_limits``, allows; else ``None``."""
    limits = getattr(organization, "plan_limits", None)
    return None if limits is None else limits.requests_per_second


def organizations(*, search: str | None = None, state: str | None = None) -> QuerySet[Organization]:
    """Every organization, for operators; ``search`` is a part of the name, in upper or lower case."""
    wanted = {"name__icontains": search, "state": state}
    return Organization.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


def names_of_callers(ids: Collection[str]) -> dict[str, str]:
    """The names of the users and API keys of the tenant in context among ``ids``; of operators, that they are some."""
    keys = dict(ApiKey.objects.filter(id__in=ids).values_list("id", "name"))
    people = User.objects.filter(id__in=ids)
    members = people.filter(memberships__organization_id=current_tenant()).values_list("id", "name", "email")
    operators = dict.fromkeys(people.filter(is_staff=True).values_list("id", flat=True), OPERATOR_NAME)
    return {**operators, **keys, **{id_: name or email for id_, name, email in members}}


def api_keys() -> QuerySet[ApiKey]:
    """Keys of the tenant in context, revoked ones too."""
    return ApiKey.objects.all()


def members(*, organization_id: str) -> QuerySet[Membership]:
    """Memberships of an organization with their users."""
    return Membership.objects.select_related("user").filter(organization_id=organization_id)


def is_own_address(email: str) -> bool:
    """Whether a member of the organization in context has this e-mail address; of none, an operator."""
    people = User.objects.filter(email__iexact=email, is_active=True)
    if not current_tenant():
        return people.filter(is_staff=True).exists()
    return people.filter(memberships__organization_id=current_tenant()).exists()


def invitations() -> QuerySet[Invitation]:
    """Invitations of the tenant in context, ended ones too."""
    return Invitation.objects.all()


def invitation(invitation_id: str) -> Invitation:
    """One of the tenant in context. Raises ``NotFound``."""
    found = Invitation.objects.filter(id=invitation_id).first()
    if found is None:
        raise NotFound("There is no invitation by that id.")
    return found


def verified_emails(user: User) -> set[str]:
    """The addresses that are known to be this person's, in lower case."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {address.lower() for address in addresses}


def audit_events(
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """What was done in the organization in context. An ``action`` that ends with a dot is the beginning of several."""
    prefix = action if action and action.endswith(".") else None
    wanted: dict[str, object] = {
        "actor": actor,
        "action": None if prefix else action,
        "action__startswith": prefix,
        "target": target,
        "created_at__gte": since,
        "created_at__lt": until,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return AuditEvent.objects.filter(organization_id=current_tenant(), **given)


def _active_memberships(*, user_id: str) -> QuerySet[Membership]:
    return Membership.objects.select_related("organization__plan_limits").filter(
        user_id=user_id, organization__state=Organization.State.ACTIVE
    )
