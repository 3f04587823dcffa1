"""Reads about organizations, people and keys."""

from django.db.models import QuerySet

from trainyard.tenants.models import ApiKey, Membership, Organization


def membership_of(*, user_id: str, organization_id: str | None) -> Membership | None:
    """The user's membership in ``organization_id``, or the first joined; of active organizations only."""
    memberships = Membership.objects.select_related("organization").filter(
        user_id=user_id, organization__state=Organization.State.ACTIVE
    )
    if organization_id is not None:
        memberships = memberships.filter(organization_id=organization_id)
    return memberships.order_by("id").first()


def api_keys() -> QuerySet[ApiKey]:
    """Keys of the tenant in context, revoked ones too."""
    return ApiKey.objects.all()


def members(*, organization_id: str) -> QuerySet[Membership]:
    """Memberships of an organization with their users."""
    return Membership.objects.select_related("user").filter(organization_id=organization_id)
