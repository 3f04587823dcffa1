"""People log in with email and password, over django-allauth's headless endpoints, and then use the API."""

import warnings
from typing import Any

import pytest
from django.core import checks
from django.test import Client

from tests.support.logins import EMAIL, LOGIN, PASSWORD
from tests.support.platform import START
from trainyard.tenants.models import Membership, Organization, Role, User

pytestmark = pytest.mark.usefixtures("own_cache")

SESSION = "/_allauth/browser/v1/auth/session"


@pytest.fixture
def browser() -> Client:
    """As a browser: keeps cookies, and the server checks for forged requests."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def token(browser: Client) -> dict[str, str]:
    browser.get("/_allauth/browser/v1/config")
    return {"X-CSRFToken": browser.cookies["csrftoken"].value}


def log_in(browser: Client, password: str = PASSWORD, email: str = EMAIL, **headers: str) -> Any:
    body = {"email": email, "password": password}
    return browser.post(LOGIN, body, content_type="application/json", headers={**token(browser), **headers})


def test_a_person_logs_in_and_uses_the_api(browser: Client, ada: User, organization: Organization) -> None:
    assert log_in(browser).status_code == 200
    me = browser.get("/api/v1/me").json()
    assert (me["kind"], me["id"], me["email"], me["role"]) == ("user", ada.id, EMAIL, "member")
    assert me["organization"]["id"] == organization.id
    assert me["organizations"] == [{"id": organization.id, "name": "Meadow Labs", "role": "member"}]


def test_the_address_may_be_typed_in_capitals(browser: Client, ada: User) -> None:
    assert log_in(browser, email=EMAIL.upper()).status_code == 200


def test_logging_out_ends_the_session(browser: Client, ada: User) -> None:
    log_in(browser)
    browser.delete(SESSION, headers=token(browser))
    assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@meadow.example", PASSWORD)])
def test_a_wrong_login_does_not_say_what_was_wrong(browser: Client, ada: User, email: str, password: str) -> None:
    answer = log_in(browser, email=email, password=password)
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == ["email_password_mismatch"]
    assert browser.get("/api/v1/me").status_code == 401


def test_somebody_deactivated_cannot_log_in(browser: Client, ada: User) -> None:
    User.objects.filter(id=ada.id).update(is_active=False)
    assert log_in(browser).status_code != 200
    assert browser.get("/api/v1/me").status_code == 401


def test_a_session_needs_the_csrf_token_to_change_anything(browser: Client, ada: User) -> None:
    log_in(browser)
    Membership.objects.update(role=Role.OWNER)
    path, body = "/api/v1/api-keys", {"name": "CI"}
    forged = browser.post(path, body, content_type="application/json")
    assert (forged.status_code, forged.json()["code"]) == (403, "permission_denied")
    assert browser.post(path, body, content_type="application/json", headers=token(browser)).status_code == 201


def test_logging_in_needs_the_csrf_token_too(browser: Client, ada: User) -> None:
    answer = browser.post(LOGIN, {"email": EMAIL, "password": PASSWORD}, content_type="application/json")
    assert answer.status_code == 403


def test_somebody_in_two_organizations_names_one(browser: Client, ada: User) -> None:
    other = Organization.objects.create(name="Hill Labs", created_at=START)
    Membership.objects.create(organization=other, user=ada, role=Role.VIEWER, created_at=START)
    log_in(browser)
    me = browser.get("/api/v1/me", headers={"Trainyard-Organization": other.id}).json()
    assert (me["organization"]["name"], me["role"]) == ("Hill Labs", "viewer")
    assert len(me["organizations"]) == 2


def test_nobody_acts_for_an_organization_they_are_not_in(browser: Client, ada: User) -> None:
    other = Organization.objects.create(name="Hill Labs", created_at=START)
    log_in(browser)
    headers = {"Trainyard-Organization": other.id}
    assert browser.get("/api/v1/organization", headers=headers).status_code == 403
    assert browser.get("/api/v1/me", headers=headers).json()["organization"] is None


def test_the_login_settings_are_current() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [found for found in checks.run_checks() if "allauth" in str(found) or "ACCOUNT" in str(found.msg)] == []
