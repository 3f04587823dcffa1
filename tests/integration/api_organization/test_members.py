"""Who belongs to an organization, in which role, and that it always has an owner."""

from functools import partial

import pytest

from tests.support.people import Person, person
from tests.support.platform import Caller
from trainyard.core.models import AuditEvent
from trainyard.tenants.models import Membership, Organization, Role


@pytest.fixture
def ada(organization: Organization) -> Person:
    return person("ada@meadow.example", organization, Role.OWNER)


@pytest.fixture
def bob(organization: Organization) -> Person:
    return person("bob@meadow.example", organization, Role.ADMIN)


@pytest.fixture
def cyn(organization: Organization) -> Person:
    return person("cyn@meadow.example", organization, Role.MEMBER)


def role_of(who: Person, organization: Organization) -> str:
    return Membership.objects.get(user=who.user, organization=organization).role


def test_an_admin_gives_roles_but_makes_and_unmakes_no_owner(
    ada: Person, bob: Person, cyn: Person, organization: Organization
) -> None:
    change = partial(bob.send, "patch")
    assert change(f"/members/{cyn.member_id(organization)}", {"role": "billing"}).json()["role"] == "billing"
    for member, role in ((cyn, "owner"), (bob, "owner"), (ada, "member")):
        refused = change(f"/members/{member.member_id(organization)}", {"role": role})
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
        assert "owner" in refused.json()["hint"]
    assert bob.send("delete", f"/members/{ada.member_id(organization)}").status_code == 403
    assert role_of(ada, organization) == Role.OWNER


@pytest.mark.parametrize("role", ["member", "billing", "viewer"])
def test_others_change_nobody(ada: Person, cyn: Person, organization: Organization, role: str) -> None:
    Membership.objects.filter(user=cyn.user).update(role=role)
    assert cyn.send("patch", f"/members/{cyn.member_id(organization)}", {"role": "admin"}).status_code == 403
    assert cyn.send("delete", f"/members/{ada.member_id(organization)}").status_code == 403


def test_an_outsider_finds_no_member(cyn: Person, outsider: Caller, organization: Organization) -> None:
    path = f"/members/{cyn.member_id(organization)}"
    assert outsider.patch(path, {"role": "viewer"}).status_code == 404
    assert outsider.delete(path).status_code == 404
    assert role_of(cyn, organization) == Role.MEMBER


def test_whoever_is_removed_is_out_at_once(ada: Person, cyn: Person, organization: Organization) -> None:
    assert cyn.get("/organization").status_code == 200
    assert ada.send("delete", f"/members/{cyn.member_id(organization)}").status_code == 204
    assert cyn.get("/organization").status_code == 403
    assert cyn.get("/me").json()["organization"] is None


def test_the_last_owner_stays_one(ada: Person, organization: Organization) -> None:
    path = f"/members/{ada.member_id(organization)}"
    for refused in (
        ada.send("patch", path, {"role": "member"}),
        ada.send("delete", path),
        ada.send("post", "/organization/leave"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
        assert refused.json()["hint"]
    assert role_of(ada, organization) == Role.OWNER


def test_one_of_two_owners_may_go(ada: Person, bob: Person, organization: Organization) -> None:
    ada.send("patch", f"/members/{bob.member_id(organization)}", {"role": "owner"})
    assert ada.send("post", "/organization/leave").status_code == 204
    assert bob.send("post", "/organization/leave").json()["code"] == "last_owner"


def test_an_owner_hands_over(ada: Person, bob: Person, organization: Organization) -> None:
    answer = ada.send("post", "/organization/hand-over", {"member": bob.member_id(organization)})
    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    assert (role_of(ada, organization), role_of(bob, organization)) == (Role.ADMIN, Role.OWNER)
    again = ada.send("post", "/organization/hand-over", {"member": bob.member_id(organization)})
    assert again.status_code == 403, "who is no owner hands nothing over"


def test_nobody_hands_over_to_themselves_or_a_stranger(ada: Person, organization: Organization) -> None:
    own = ada.send("post", "/organization/hand-over", {"member": ada.member_id(organization)})
    assert own.status_code == 409
    assert ada.send("post", "/organization/hand-over", {"member": "mem_of_nobody"}).status_code == 404


def test_every_change_stands_in_the_trail(ada: Person, cyn: Person, organization: Organization) -> None:
    member = cyn.member_id(organization)
    ada.send("patch", f"/members/{member}", {"role": "viewer"})
    ada.send("delete", f"/members/{member}")
    changed, removed = AuditEvent.objects.filter(target=member).order_by("sequence")
    assert (changed.actor, changed.action) == (ada.user.id, "member.change_role")
    assert (changed.before, changed.after) == ({"role": "member"}, {"role": "viewer"})
    assert changed.address == "127.0.0.1"
    assert removed.action == "member.remove"
    found = ada.get(f"/audit-events?action=member.&target={member}").json()["data"]
    assert [event["action"] for event in found] == ["member.remove", "member.change_role"]
    assert ada.get(f"/audit-events?action=member.&actor={cyn.user.id}").json()["data"] == []
    assert ada.get("/audit-events?since=yesterday").status_code == 400


class TestSeveralOrganizations:
    @pytest.fixture
    def hill(self, cyn: Person) -> Organization:
        other = Organization.objects.create(name="Hill Labs", created_at=cyn.user.created_at)
        Membership.objects.create(organization=other, user=cyn.user, role=Role.OWNER, created_at=cyn.user.created_at)
        return other

    def test_all_are_listed(self, cyn: Person, hill: Organization) -> None:
        listed = cyn.get("/organizations").json()["data"]
        assert {(row["name"], row["role"]) for row in listed} == {("Hill Labs", "owner"), ("Meadow Labs", "member")}

    def test_a_session_switches_and_a_header_wins(
        self, cyn: Person, hill: Organization, organization: Organization
    ) -> None:
        assert cyn.get("/organization").json()["name"] == "Meadow Labs"
        assert cyn.send("post", f"/organizations/{hill.id}/switch").json()["role"] == "owner"
        assert cyn.get("/organization").json()["name"] == "Hill Labs"
        header = {"Trainyard-Organization": organization.id}
        assert cyn.get("/organization", **header).json()["name"] == "Meadow Labs"

    def test_nobody_switches_to_one_of_others(self, ada: Person, hill: Organization) -> None:
        assert ada.send("post", f"/organizations/{hill.id}/switch").status_code == 404
        assert ada.get("/organization").json()["name"] == "Meadow Labs"

    def test_after_leaving_a_session_acts_for_what_is_left(self, cyn: Person, hill: Organization, ada: Person) -> None:
        cyn.send("post", f"/organizations/{hill.id}/switch")
        Membership.objects.filter(user=cyn.user, organization=hill).delete()
        assert cyn.get("/organization").json()["name"] == "Meadow Labs"

    def test_a_key_has_no_other(self, owner: Caller, hill: Organization) -> None:
        assert owner.get("/organizations").status_code == 403
        assert owner.post(f"/organizations/{hill.id}/switch").status_code == 403


def test_a_person_opens_another_organization(cyn: Person) -> None:
    answer = cyn.send("post", "/organizations", {"name": "Third Labs"})
    assert (answer.status_code, answer.json()["name"]) == (201, "Third Labs")
    assert {row["name"] for row in cyn.get("/organizations").json()["data"]} == {"Meadow Labs", "Third Labs"}


class TestASecondFactorOfEveryMember:
    def test_nobody_locks_themselves_out(self, ada: Person) -> None:
        refused = ada.send("patch", "/organization", {"requires_second_factor": True})
        assert (refused.status_code, refused.json()["code"]) == (409, "second_factor_missing")

    def test_who_has_none_is_told_what_to_do(self, owner: Caller, cyn: Person) -> None:
        assert owner.patch("/organization", {"requires_second_factor": True}).json()["requires_second_factor"]
        refused = cyn.get("/jobs")
        assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
        assert "authenticator" in refused.json()["hint"]
        assert cyn.get("/me").json()["lacks_second_factor"] is True
        assert owner.get("/jobs").status_code == 200, "a key has no second factor"
