"""Writes of memberships: roles, leaving, transfer of ownership.

Every change locks the organization's row, so that concurrent changes see one another and an organization never loses
its last owner.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from trainyard.core import audit
from trainyard.core.errors import Conflict, NotFound
from trainyard.core.tenancy import current_tenant
from trainyard.tenants.models import Membership, Organization, Role
from trainyard.tenants.roles import check_may_grant


class LastOwner(Conflict):
    code = "last_owner"


@transaction.atomic
def change_role(*, member_id: str, role: Role, by: Role, now: datetime) -> Membership:
    """Raises ``NotFound``, ``LastOwner`` and, where ``by`` may not give or take such a role, ``PermissionDenied``."""
    _lock()
    member = _member(member_id)
    check_may_grant(member.role, role, by=by)
    if member.role == role:
        return member
    if member.role == Role.OWNER:
        _refuse_last_owner(member)
    return _set_role(member, role, now=now)


@transaction.atomic
def remove(*, member_id: str, by: Role, now: datetime) -> None:
    """Ends a membership. Raises ``NotFound``, ``LastOwner``, ``PermissionDenied``."""
    _lock()
    member = _member(member_id)
    check_may_grant(member.role, by=by)
    _end(member, action="member.remove", now=now)


@transaction.atomic
def leave(*, user_id: str, now: datetime) -> None:
    """Ends the membership of ``user_id`` at their own wish. Raises ``NotFound``, ``LastOwner``."""
    _lock()
    member = Membership.objects.filter(organization_id=current_tenant(), user_id=user_id).first()
    if member is None:
        raise NotFound("You are no member of this organization.")
    _end(member, action="member.leave", now=now)


@transaction.atomic
def hand_over(*, member_id: str, user_id: str, now: datetime) -> Membership:
    """Makes another member an owner in the place of ``user_id``, who becomes an admin; both or neither.

    Raises ``NotFound``; ``Conflict`` where ``user_id`` is no owner any more or is that member.
    """
    _lock()
    heir = _member(member_id)
    former = Membership.objects.filter(organization_id=current_tenant(), user_id=user_id, role=Role.OWNER).first()
    if former is None or former.pk == heir.pk:
        raise Conflict("An owner hands an organization over to another member.", hint="Name another member.")
    if heir.role != Role.OWNER:
        _set_role(heir, Role.OWNER, now=now)
    _set_role(former, Role.ADMIN, now=now)
    return heir


def _lock() -> None:
    Organization.objects.select_for_update().get(id=current_tenant())


def _member(member_id: str) -> Membership:
    rows = Membership.objects.select_related("user").filter(organization_id=current_tenant())
    found = rows.filter(id=member_id).first()
    if found is None:
        raise NotFound("There is no member by that id.")
    return found


def _refuse_last_owner(member: Membership) -> None:
    owners = Membership.objects.filter(organization_id=current_tenant(), role=Role.OWNER, user__is_active=True)
    if not owners.exclude(id=member.id).exists():
        raise LastOwner(
            "An organization keeps at least one owner.", hint="Make somebody else an owner first, or delete it."
        )


def _set_role(member: Membership, role: Role, *, now: datetime) -> Membership:
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    _record("member.change_role", member, now=now, before={"role": before}, after={"role": role})
    return member


def _end(member: Membership, *, action: str, now: datetime) -> None:
    if member.role == Role.OWNER:
        _refuse_last_owner(member)
    before = {"role": member.role, "user": member.user_id}
    Membership.objects.filter(id=member.id).delete()
    _record(action, member, now=now, before=before)


def _record(
    action: str,
    member: Membership,
    *,
    now: datetime,
    before: Mapping[str, object],
    after: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        action=action,
        target=member.id,
        organization_id=member.organization_id,
        now=now,
        before=before,
        after=after,
    )
