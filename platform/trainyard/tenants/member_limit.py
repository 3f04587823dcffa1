"""Limit of members by the organization's plan; an open invitation counts as one."""

from datetime import datetime

from trainyard.core.errors import QuotaExceeded
from trainyard.core.tenancy import current_tenant
from trainyard.tenants.models import Invitation, Membership, Organization
from trainyard.tenants.queries import plan_limits


class MembersLimitReached(QuotaExceeded):
    """The organization has the maximum number of members of its plan, including invitations."""

    code = "members_limit_reached"


def places_taken(*, now: datetime) -> int:
    """Members of the tenant in context, and invitations that may still be accepted."""
    invited = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    return Membership.objects.filter(organization_id=current_tenant()).count() + invited.count()


def check_room(*, now: datetime) -> None:
    """Raises ``MembersLimitReached`` where there is no place for one more. Of two at once one waits for the other."""
    most = plan_limits().max_members
    if most is None:
        return
    Organization.objects.select_for_update().get(id=current_tenant())
    if places_taken(now=now) >= most:
        raise MembersLimitReached(
            f"Your plan is for {most} members, invitations among them.",
            hint="Choose a larger plan, revoke an invitation, or remove a member.",
        )
