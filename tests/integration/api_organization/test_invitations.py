"""Somebody is invited by mail, follows the link, and is a member."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from tests.support.accounts import key_sent_to, links_sent_to
from tests.support.people import Person, person
from tests.support.platform import Caller, caller_of
from trainyard.core.models import IdempotencyRecord
from trainyard.core.time import database_now
from trainyard.tenants.models import Invitation, Membership, Organization, Role

CYN = "cyn@meadow.example"
INVITATIONS = "/organization/invitations"


@pytest.fixture
def cyn(db: None) -> Person:
    return person(CYN)


@pytest.fixture
def invited(owner: Caller, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> dict[str, Any]:
    """The answer to who invited, whose mail is sent."""
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(INVITATIONS, {"email": CYN.upper(), "role": "member"})
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json()
    return body


def test_the_mail_holds_the_link_that_the_answer_shows_once(invited: dict[str, Any], owner: Caller) -> None:
    assert links_sent_to(CYN) == [invited["link"]]
    assert mail.outbox[-1].subject == "Join Meadow Labs on Trainyard"
    [listed] = owner.get(INVITATIONS).json()["data"]
    assert (listed["email"], listed["role"], listed["state"]) == (CYN, "member", "open")
    assert "link" not in listed
    assert key_sent_to(CYN) not in str(Invitation.across_tenants.values())


def test_whoever_holds_the_link_sees_what_it_offers(invited: dict[str, Any], anonymous: Any) -> None:
    offer = anonymous.get(f"/api/v1/invitations/{key_sent_to(CYN)}").json()
    assert (offer["organization"], offer["email"], offer["role"]) == ("Meadow Labs", CYN, "member")
    assert offer["has_account"] is False


def test_the_invited_joins_and_the_link_works_once(
    invited: dict[str, Any], cyn: Person, organization: Organization, anonymous: Any
) -> None:
    key = key_sent_to(CYN)
    joined = cyn.send("post", f"/invitations/{key}/accept")
    assert (joined.status_code, joined.json()["role"]) == (200, "member")
    assert cyn.send("post", f"/invitations/{key}/accept").status_code == 200, "twice changes nothing"
    assert Membership.objects.filter(organization=organization, user=cyn.user).count() == 1
    ended = anonymous.get(f"/api/v1/invitations/{key}")
    assert (ended.status_code, ended.json()["code"]) == (404, "invitation_ended")


def test_nobody_else_joins_by_a_forwarded_link(invited: dict[str, Any]) -> None:
    eve = person("eve@other.example")
    refused = eve.send("post", f"/invitations/{key_sent_to(CYN)}/accept")
    assert (refused.status_code, refused.json()["code"]) == (403, "invitation_for_another")
    assert refused.json()["hint"]
    assert not Membership.objects.filter(user=eve.user).exists()


def test_a_key_accepts_nothing(invited: dict[str, Any], outsider: Caller) -> None:
    assert outsider.post(f"/invitations/{key_sent_to(CYN)}/accept").status_code == 403


def test_a_revoked_invitation_leads_nowhere(
    invited: dict[str, Any], owner: Caller, cyn: Person, outsider: Caller
) -> None:
    path = f"{INVITATIONS}/{invited['id']}"
    assert outsider.delete(path).status_code == 404
    assert [owner.delete(path).status_code for _ in range(2)] == [204, 204]
    assert cyn.send("post", f"/invitations/{key_sent_to(CYN)}/accept").json()["code"] == "invitation_ended"
    assert owner.get(path).json()["state"] == "revoked"
    assert owner.post(f"{path}/resend").json()["code"] == "invitation_ended"
    assert owner.post(INVITATIONS, {"email": CYN}).status_code == 201


def test_an_expired_invitation_leads_nowhere_and_another_takes_its_place(
    invited: dict[str, Any], owner: Caller, cyn: Person
) -> None:
    Invitation.across_tenants.update(expires_at=database_now() - timedelta(seconds=1))
    assert cyn.send("post", f"/invitations/{key_sent_to(CYN)}/accept").json()["code"] == "invitation_ended"
    assert owner.get(f"{INVITATIONS}/{invited['id']}").json()["state"] == "expired"
    assert owner.post(INVITATIONS, {"email": CYN}).status_code == 201


def test_sending_again_makes_another_link(
    invited: dict[str, Any],
    owner: Caller,
    cyn: Person,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    old = key_sent_to(CYN)
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.post(f"{INVITATIONS}/{invited['id']}/resend").status_code == 200
    assert key_sent_to(CYN) != old
    assert cyn.send("post", f"/invitations/{old}/accept").status_code == 404
    assert cyn.send("post", f"/invitations/{key_sent_to(CYN)}/accept").status_code == 200


def test_nobody_is_invited_twice_or_as_a_member(invited: dict[str, Any], owner: Caller, cyn: Person) -> None:
    again = owner.post(INVITATIONS, {"email": CYN})
    assert (again.status_code, again.json()["code"]) == (409, "already_invited")
    cyn.send("post", f"/invitations/{key_sent_to(CYN)}/accept")
    member = owner.post(INVITATIONS, {"email": CYN})
    assert (member.status_code, member.json()["code"]) == (409, "already_member")
    assert member.json()["errors"][0]["field"] == "email"


def test_an_admin_invites_no_owner_and_others_nobody(organization: Organization, teammate: Caller) -> None:
    admin = caller_of(organization, Role.ADMIN)
    assert admin.post(INVITATIONS, {"email": CYN, "role": "admin"}).status_code == 201
    assert admin.post(INVITATIONS, {"email": "dan@meadow.example", "role": "owner"}).status_code == 403
    assert teammate.post(INVITATIONS, {"email": "eli@meadow.example"}).status_code == 403
    assert teammate.get(INVITATIONS).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": CYN, "role": "king"}, "role"),
        ({"email": CYN, "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"email": CYN, "expires_at": "2990-01-01T00:00:00Z"}, "expires_at"),
        ({"email": CYN, "roll": "member"}, "roll"),
    ],
)
def test_a_wrong_body_names_its_field(owner: Caller, body: dict[str, str], field: str) -> None:
    answer = owner.post(INVITATIONS, body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_a_replay_answers_without_the_link(owner: Caller) -> None:
    first = owner.post(INVITATIONS, {"email": CYN}, **{"Idempotency-Key": "once"})
    again = owner.post(INVITATIONS, {"email": CYN}, **{"Idempotency-Key": "once"})
    assert again.json() == {**first.json(), "link": None}
    assert first.json()["link"] not in str(IdempotencyRecord.objects.values())


def test_nobody_joins_a_suspended_organization(
    invited: dict[str, Any], cyn: Person, organization: Organization
) -> None:
    Organization.objects.filter(id=organization.id).update(state=Organization.State.SUSPENDED)
    assert cyn.send("post", f"/invitations/{key_sent_to(CYN)}/accept").json()["code"] == "invitation_ended"
