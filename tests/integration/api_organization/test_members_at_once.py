"""Two owners who leave, demote or remove each other at once: one of them stays."""

from collections.abc import Callable

import pytest

from tests.support.transactional import at_once
from trainyard.core.errors import TrainyardError
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now
from trainyard.tenants import members, operations
from trainyard.tenants.models import Membership, Organization, Role

WAYS: dict[str, Callable[[Membership], object]] = {
    "leave": lambda member: members.leave(user_id=member.user_id, now=database_now()),
    "remove": lambda member: members.remove(member_id=member.id, by=Role.OWNER, now=database_now()),
    "demote": lambda member: members.change_role(
        member_id=member.id, role=Role.VIEWER, by=Role.OWNER, now=database_now()
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_owner_is_left(committed_db: None, way: str) -> None:
    now = database_now()
    with platform_scope():
        organization = Organization.objects.create(name="Meadow Labs", created_at=now)
        owners = [
            Membership.objects.create(
                organization=organization,
                user=operations.create_user(email=f"owner{number}@meadow.example", password=None, now=now),
                role=Role.OWNER,
                created_at=now,
            )
            for number in range(4)
        ]

    def end(member: Membership) -> object:
        with tenant_scope(organization.id):
            return WAYS[way](member)

    ended = at_once([lambda member=member: end(member) for member in owners])
    refused = [each for each in ended if isinstance(each, Exception)]
    assert [isinstance(each, TrainyardError) and each.code for each in refused] == ["last_owner"]
    with platform_scope():
        assert Membership.objects.filter(organization=organization, role=Role.OWNER).count() == 1
