"""Somebody makes an account, and with it an organization, as far as the operator lets them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from pytest_django import Settings

from tests.support.accounts import PASSWORD, Browser, codes, key_sent_to, links_sent_to
from tests.support.platform import Caller
from trainyard.api.accounts import sign_up
from trainyard.core.models import AuditEvent
from trainyard.tenants.models import Membership, Organization, User

ADA = "ada@meadow.example"

SignUpIs = Callable[..., None]


def test_a_person_signs_up_confirms_the_address_and_owns_an_organization(browser: Browser) -> None:
    answer = browser.sign_up(ADA, name="Ada", organization="Meadow Labs")
    assert answer.status_code == 401
    assert "verify_email" in [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]
    assert browser.client.get("/api/v1/me").status_code == 401

    assert browser.verify(ADA).status_code == 200
    me = browser.me()
    assert (me["name"], me["email"], me["role"]) == ("Ada", ADA, "owner")
    assert me["organization"]["name"] == "Meadow Labs"


def test_nobody_logs_in_before_confirming(browser: Browser, new_browser: Callable[[], Browser]) -> None:
    browser.sign_up(ADA)
    other = new_browser()
    assert other.log_in(ADA).status_code == 401
    assert other.client.get("/api/v1/me").status_code == 401
    other.verify(ADA)
    assert other.log_in(ADA).status_code in {200, 409}
    assert other.me()["email"] == ADA


def test_the_mail_leads_to_the_dashboard(browser: Browser, settings: Settings) -> None:
    browser.sign_up(ADA)
    [sent] = mail.outbox
    assert sent.subject == "Confirm your e-mail address"
    [link] = links_sent_to(ADA)
    assert link.startswith(f"{settings.ENVIRONMENT.public_url}/verify-email/")


def test_the_operator_gives_a_starting_credit_once(browser: Browser, sign_up_is: SignUpIs) -> None:
    sign_up_is("open", credit="25")
    browser.sign_up(ADA)
    browser.verify(ADA)
    assert browser.client.get("/api/v1/wallet").json()["available"] == "25.000000"
    assert browser.api("post", "/organizations", {"name": "Another"}).status_code == 201
    second = Organization.objects.exclude(id=browser.me()["organization"]["id"]).get()
    wallet = browser.client.get("/api/v1/wallet", headers={"Trainyard-Organization": second.id}).json()
    assert wallet["available"] == "0.000000"


def test_where_it_is_closed_nobody_signs_up_and_is_told_whom_to_ask(browser: Browser, sign_up_is: SignUpIs) -> None:
    sign_up_is("closed")
    answer = browser.sign_up(ADA)
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_up_closed")
    assert "operator" in answer.json()["hint"]
    assert browser.allauth("get", "config").json()["data"]["account"]["is_open_for_signup"] is False
    assert not User.objects.exists()


def test_by_invitation_it_takes_one(browser: Browser, owner: Caller, sign_up_is: SignUpIs) -> None:
    sign_up_is("invitation")
    answer = browser.sign_up(ADA)
    assert (answer.status_code, codes(answer)) == (400, ["invitation_required"])
    answer = browser.sign_up(ADA, invitation="ty_invite_of_nobody")
    assert (answer.status_code, codes(answer)) == (400, ["invitation_ended"])
    assert not User.objects.exists()


@pytest.mark.parametrize("mode", ["open", "invitation"])
def test_whoever_is_invited_joins_and_needs_no_other_mail(
    browser: Browser, owner: Caller, organization: Organization, sign_up_is: SignUpIs, mode: str
) -> None:
    sign_up_is(mode, credit="25")
    invited = owner.post("/organization/invitations", {"email": ADA, "role": "member"}).json()
    key = invited["link"].rpartition("/")[2]
    answer = browser.sign_up(ADA, invitation=key)
    assert answer.status_code == 200, answer.content
    assert [(m["id"], m["role"]) for m in browser.me()["organizations"]] == [(organization.id, "member")]
    assert Organization.objects.count() == 1


def test_somebody_elses_invitation_lets_nobody_in(browser: Browser, owner: Caller, sign_up_is: SignUpIs) -> None:
    sign_up_is("invitation")
    invited = owner.post("/organization/invitations", {"email": ADA}).json()
    key = invited["link"].rpartition("/")[2]
    answer = browser.sign_up("eve@other.example", invitation=key)
    assert (answer.status_code, codes(answer)) == (400, ["invited_another"])
    assert not User.objects.exists()


def test_a_taken_address_gets_the_same_answer_and_another_mail(
    browser: Browser, new_browser: Callable[[], Browser]
) -> None:
    first = browser.sign_up(ADA)
    cache.clear()  # an address is not mailed twice within minutes
    second = new_browser().sign_up(ADA.upper())
    assert (second.status_code, second.json()["data"]) == (first.status_code, first.json()["data"])
    assert mail.outbox[-1].subject == "You have an account already"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "param"), [({"password": "short"}, "password"), ({"email": "nobody"}, "email"), ({"email": ""}, "email")]
)
def test_a_wrong_field_is_named_and_makes_nothing(browser: Browser, fields: dict[str, str], param: str) -> None:
    body = {"email": ADA, "password": PASSWORD} | fields
    answer = browser.allauth("post", "auth/signup", body)
    assert (answer.status_code, [error["param"] for error in answer.json()["errors"]]) == (400, [param])
    assert not User.objects.exists()


def test_a_sign_up_that_fails_half_way_leaves_nothing(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(sign_up, "found_organization", fail)
        assert browser.sign_up(ADA).status_code == 500
    assert not User.objects.exists()
    assert browser.sign_up(ADA).status_code == 401
    assert Membership.objects.count() == 1


def test_a_password_is_reset_by_mail_and_every_session_ends(
    browser: Browser, new_browser: Callable[[], Browser]
) -> None:
    browser.sign_up(ADA)
    browser.verify(ADA)
    stranger = new_browser()
    assert stranger.allauth("post", "auth/password/request", {"email": ADA}).status_code == 200
    new = "another horse entirely"
    reset = stranger.allauth("post", "auth/password/reset", {"key": key_sent_to(ADA), "password": new})
    assert reset.status_code in {200, 401}
    assert browser.client.get("/api/v1/me").status_code == 401, "the old session is over"
    assert codes(stranger.log_in(ADA)) == ["email_password_mismatch"]
    assert stranger.log_in(ADA, new).status_code == 200
    again = new_browser().allauth("post", "auth/password/reset", {"key": key_sent_to(ADA), "password": new})
    assert again.status_code == 400


def test_changes_of_an_account_stand_in_the_trail(browser: Browser, new_browser: Callable[[], Browser]) -> None:
    browser.sign_up(ADA)
    browser.verify(ADA)
    new_browser().allauth("post", "auth/password/request", {"email": ADA})
    new_browser().allauth(
        "post", "auth/password/reset", {"key": key_sent_to(ADA), "password": "another horse entirely"}
    )
    event = AuditEvent.objects.get(action="account.reset_password")
    user = User.objects.get(email=ADA)
    assert (event.actor, event.target, event.address) == (user.id, user.id, "127.0.0.1")
    assert event.organization_id == Organization.objects.get().id


def test_asking_a_password_for_nobody_says_the_same(browser: Browser) -> None:
    answer = browser.allauth("post", "auth/password/request", {"email": "nobody@meadow.example"})
    assert answer.status_code == 200
    assert mail.outbox[-1].subject == "There is no account with your address"


def test_sessions_are_listed_and_ended(browser: Browser, new_browser: Callable[[], Browser]) -> None:
    browser.sign_up(ADA)
    browser.verify(ADA)
    other = new_browser()
    other.log_in(ADA)
    listed = browser.allauth("get", "auth/sessions").json()["data"]
    assert sorted(session["is_current"] for session in listed) == [False, True]
    others = [session["id"] for session in listed if not session["is_current"]]
    assert browser.allauth("delete", "auth/sessions", {"sessions": others}).status_code == 200
    assert other.client.get("/api/v1/me").status_code == 401
    assert browser.client.get("/api/v1/me").status_code == 200
