"""A program without a browser gets a key that a person confirms (RFC 8628); oauthlib plays the program."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from oauthlib.oauth2 import DeviceClient, OAuth2Error

from tests.support.people import Person, person
from tests.support.platform import Caller, caller_of
from trainyard.core.models import AuditEvent
from trainyard.core.time import database_now
from trainyard.tenants import device_authorization
from trainyard.tenants.models import ApiKey, DeviceAuthorization, Membership, Organization, Role

START = "/api/v1/oauth/device-authorization"
TOKEN = "/api/v1/oauth/token"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ada(organization: Organization) -> Person:
    return person("ada@meadow.example", organization, Role.ADMIN)


@pytest.fixture
def other_organization(outsider: Caller) -> Organization:
    assert outsider.organization is not None
    return outsider.organization


@pytest.fixture
def device(db: None, anonymous: Client) -> dict[str, Any]:
    return start(anonymous, client_name="trainyard on laptop")


def start(anonymous: Client, **body: Any) -> dict[str, Any]:
    answer = anonymous.post(START, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    started: dict[str, Any] = answer.json()
    return started


def poll(anonymous: Client, device: dict[str, Any]) -> Any:
    """As oauthlib asks for the token, in a form."""
    body = DeviceClient("trainyard").prepare_request_body(device["device_code"])
    return anonymous.post(TOKEN, body, content_type=FORM)


def later(device: dict[str, Any], seconds: float) -> None:
    """The last poll, and all that began, is so long ago."""
    row = DeviceAuthorization.objects.get(user_code=device["user_code"].replace("-", ""))
    ago = timedelta(seconds=seconds)
    row.expires_at -= ago
    row.last_polled_at = row.last_polled_at and row.last_polled_at - ago
    row.save()


def path(device: dict[str, Any], verb: str = "") -> str:
    return f"/device-authorizations/{device['user_code']}{verb}"


def read(answer: Any) -> Any:
    """What oauthlib makes of an answer: a token, or the error that it names."""
    return DeviceClient("trainyard").parse_request_body_response(answer.content.decode())


def refusal(answer: Any) -> str:
    """The error that oauthlib reads from an answer."""
    with pytest.raises(OAuth2Error) as refused:
        read(answer)
    return str(refused.value.error)


def test_the_device_gets_a_key_that_works(
    anonymous: Client, device: dict[str, Any], ada: Person, organization: Organization
) -> None:
    assert device["verification_uri_complete"] == f"{device['verification_uri']}?code={device['user_code']}"
    assert (device["interval"], device["expires_in"]) == (5, 900)
    assert refusal(poll(anonymous, device)) == "authorization_pending"
    asked = ada.get(path(device)).json()
    assert (asked["client_name"], asked["role"], asked["scopes"]) == ("trainyard on laptop", "member", None)
    assert asked["address"] == "127.0.0.1"
    assert ada.send("post", path(device, "/approve")).status_code == 200
    later(device, 5)
    answer = poll(anonymous, device)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    token = read(answer)
    assert (token["token_type"], token["key"]["name"]) == ("Bearer", "trainyard on laptop")
    assert answer.json()["organization"]["id"] == organization.id
    me = anonymous.get("/api/v1/me", headers={"Authorization": f"Bearer {token['access_token']}"}).json()
    assert (me["id"], me["role"], me["organization"]["id"]) == (token["key"]["id"], "member", organization.id)
    assert 89 < (ApiKey.across_tenants.get(id=me["id"]).expires_at - database_now()).days + 1 <= 90  # type: ignore[operator]


def test_what_was_confirmed_and_by_whom_stands_in_the_audit_trail(
    anonymous: Client, device: dict[str, Any], ada: Person
) -> None:
    ada.send("post", path(device, "/approve"))
    key = poll(anonymous, device).json()["key"]
    approved = AuditEvent.objects.get(action="device_authorization.approve")
    assert (approved.actor, approved.after["client_name"]) == (ada.user.id, "trainyard on laptop")
    assert AuditEvent.objects.get(action="api_key.create", target=key["id"]).actor == ada.user.id


def test_the_key_is_fetched_once(anonymous: Client, device: dict[str, Any], ada: Person) -> None:
    ada.send("post", path(device, "/approve"))
    assert poll(anonymous, device).status_code == 200
    later(device, 60)
    again = poll(anonymous, device)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert refusal(again) == "invalid_grant"
    assert ApiKey.across_tenants.filter(name="trainyard on laptop").count() == 1


def test_a_device_that_polls_too_often_waits_longer_each_time(
    anonymous: Client, device: dict[str, Any], ada: Person
) -> None:
    assert poll(anonymous, device).json()["error"] == "authorization_pending"
    assert refusal(poll(anonymous, device)) == "slow_down"
    later(device, 6)
    assert poll(anonymous, device).json()["error"] == "slow_down", "it is ten seconds now"
    later(device, 15)
    assert poll(anonymous, device).json()["error"] == "authorization_pending"
    ada.send("post", path(device, "/approve"))
    assert poll(anonymous, device).json()["error"] == "slow_down", "also once it is confirmed"
    later(device, 20)
    assert poll(anonymous, device).status_code == 200


def test_a_refused_device_gets_nothing(anonymous: Client, device: dict[str, Any], ada: Person) -> None:
    assert ada.send("post", path(device, "/deny")).status_code == 204
    assert refusal(poll(anonymous, device)) == "access_denied"
    assert ada.send("post", path(device, "/approve")).json()["code"] == "device_code_ended"
    assert AuditEvent.objects.filter(action="device_authorization.deny", actor=ada.user.id).exists()


def test_nobody_confirms_or_fetches_late(anonymous: Client, device: dict[str, Any], ada: Person) -> None:
    late = start(anonymous)
    ada.send("post", path(late, "/approve"))
    for each in (device, late):
        later(each, 901)
        assert refusal(poll(anonymous, each)) == "expired_token"
    assert ada.get(path(device)).json()["code"] == "device_code_ended"
    assert ada.send("post", path(device, "/approve")).status_code == 404


def test_a_code_is_typed_as_people_type(device: dict[str, Any], ada: Person) -> None:
    code = device["user_code"].replace("-", " ").lower()
    assert ada.get(f"/device-authorizations/{code}").json()["user_code"] == device["user_code"]
    assert ada.get("/device-authorizations/BBBB-BBBB").status_code == 404


def test_only_the_first_answer_counts(device: dict[str, Any], ada: Person, organization: Organization) -> None:
    bob = person("bob@meadow.example", organization, Role.OWNER)
    assert ada.send("post", path(device, "/approve")).status_code == 200
    assert [bob.send("post", path(device, verb)).status_code for verb in ("/approve", "/deny")] == [404, 404]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.BILLING, Role.VIEWER])
def test_who_may_make_no_keys_confirms_none(device: dict[str, Any], organization: Organization, role: Role) -> None:
    eli = person("eli@meadow.example", organization, role)
    assert eli.get(path(device)).status_code == 200
    assert eli.send("post", path(device, "/approve")).status_code == 403
    assert DeviceAuthorization.objects.get().decided_at is None


def test_an_admin_confirms_no_owner(anonymous: Client, ada: Person, organization: Organization) -> None:
    wants = start(anonymous, role="owner")
    assert ada.send("post", path(wants, "/approve")).json()["code"] == "permission_denied"
    bob = person("bob@meadow.example", organization, Role.OWNER)
    assert bob.send("post", path(wants, "/approve")).status_code == 200
    assert poll(anonymous, wants).json()["key"]["role"] == "owner"


def test_keys_and_the_unknown_confirm_nothing(
    device: dict[str, Any], owner: Caller, teammate: Caller, outsider: Caller, anonymous: Client
) -> None:
    for caller in (owner, teammate, outsider):
        assert caller.get(path(device)).status_code == 403
        assert caller.post(path(device, "/approve")).status_code == 403
        assert caller.post(path(device, "/deny")).status_code == 403
    assert anonymous.get(f"/api/v1{path(device)}").status_code == 401
    assert anonymous.post(f"/api/v1{path(device, '/approve')}").status_code == 401


def test_the_key_is_of_the_organization_of_whoever_confirmed(
    anonymous: Client, device: dict[str, Any], other_organization: Organization
) -> None:
    eve = person("eve@other.example", other_organization, Role.OWNER)
    eve.send("post", path(device, "/approve"))
    assert poll(anonymous, device).json()["organization"]["id"] == other_organization.id


def test_a_person_of_two_organizations_chooses_one(
    anonymous: Client, device: dict[str, Any], ada: Person, other_organization: Organization
) -> None:
    Membership.objects.create(
        user=ada.user, organization=other_organization, role=Role.OWNER, created_at=database_now()
    )
    ada.send("post", path(device, "/approve"), **{"Trainyard-Organization": other_organization.id})
    assert poll(anonymous, device).json()["organization"]["id"] == other_organization.id


@pytest.mark.parametrize("change", ["left", "demoted", "suspended", "locked"])
def test_who_may_not_grant_any_more_grants_nothing(
    anonymous: Client, device: dict[str, Any], ada: Person, organization: Organization, change: str
) -> None:
    ada.send("post", path(device, "/approve"))
    memberships = Membership.objects.filter(user=ada.user)
    if change == "left":
        memberships.delete()
    elif change == "demoted":
        memberships.update(role=Role.MEMBER)
    elif change == "suspended":
        Organization.objects.filter(id=organization.id).update(state=Organization.State.SUSPENDED)
    else:
        ada.user.is_active = False
        ada.user.save()
    assert refusal(poll(anonymous, device)) == "access_denied"
    assert not ApiKey.across_tenants.filter(name="trainyard on laptop").exists()


def test_an_organization_that_asks_for_a_second_factor_gets_it(
    device: dict[str, Any], ada: Person, organization: Organization
) -> None:
    Organization.objects.filter(id=organization.id).update(requires_second_factor=True)
    assert ada.send("post", path(device, "/approve")).json()["code"] == "second_factor_required"


def test_scopes_and_days_are_as_asked(anonymous: Client, ada: Person) -> None:
    body = DeviceClient("ci", scope="jobs:read datasets:read").prepare_request_body("", include_client_id=True)
    form = "&".join(part for part in body.split("&") if not part.startswith(("grant_type", "device_code")))
    wants = anonymous.post(START, f"{form}&key_lifetime_days=7", content_type=FORM).json()
    assert ada.get(path(wants)).json()["scopes"] == ["datasets:read", "jobs:read"]
    ada.send("post", path(wants, "/approve"))
    token = read(poll(anonymous, wants))
    assert sorted(token["scope"]) == ["datasets:read", "jobs:read"]
    assert 6.9 * 86_400 < token["expires_in"] <= 7 * 86_400


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"scope": "all"}, "invalid_scope"),
        ({"role": "king"}, "invalid_request"),
        ({"key_lifetime_days": 0}, "invalid_request"),
        ({"key_lifetime_days": 366}, "invalid_request"),
        ({"name": "x"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_an_oauth_error_and_a_problem(db: None, anonymous: Client, body: Any, error: str) -> None:
    answer = anonymous.post(START, json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"] == answer.json()["detail"]
    assert answer.json()["errors"][0]["field"] == next(iter(body))
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"grant_type": "password", "device_code": "x"}, "unsupported_grant_type"),
        ({"grant_type": GRANT, "device_code": "ty_device_unknown"}, "invalid_grant"),
        ({"grant_type": GRANT}, "invalid_request"),
    ],
)
def test_a_wrong_token_request_is_an_oauth_error(db: None, anonymous: Client, body: Any, error: str) -> None:
    answer = anonymous.post(TOKEN, json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_no_secret_is_stored(anonymous: Client, device: dict[str, Any], ada: Person) -> None:
    ada.send("post", path(device, "/approve"))
    secret = poll(anonymous, device).json()["access_token"]
    stored = str(DeviceAuthorization.objects.values()) + str(ApiKey.across_tenants.values())
    assert secret not in stored
    assert device["device_code"] not in stored


def test_ended_ones_are_deleted_a_day_later(anonymous: Client, device: dict[str, Any]) -> None:
    def purged(now: datetime) -> int:
        return device_authorization.purge(now=now)

    now = database_now()
    assert purged(now + timedelta(hours=24)) == 0
    assert purged(now + timedelta(hours=25)) == 1
    assert purged(now + timedelta(hours=25)) == 0


def test_a_manager_by_key_is_told_that_a_person_is_needed(device: dict[str, Any], organization: Organization) -> None:
    refused = caller_of(organization, Role.OWNER).post(path(device, "/approve"))
    assert refused.json()["detail"] == "Only a person who logged in may confirm a device."
