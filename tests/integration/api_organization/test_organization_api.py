"""Who am I, my organization, its members and its audit log."""

from typing import Any

import pytest
from django.test import Client

from tests.support.platform import START, Caller
from tests.support.queries import table_queries
from trainyard.tenants.models import ApiKey, Membership, Organization, Role, User

PATHS = ("/me", "/organization", "/members", "/api-keys", "/audit-events")


@pytest.mark.parametrize("path", PATHS)
def test_strangers_are_turned_away(anonymous: Client, path: str) -> None:
    answer = anonymous.get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", PATHS[1:])
def test_operators_without_an_organization_have_none_to_read(operator: Caller, path: str) -> None:
    assert operator.get(path).status_code == 403


def test_an_owner_sees_who_they_are(owner: Caller, organization: Organization) -> None:
    me = owner.get("/me").json()
    assert me["kind"] == "api_key"
    assert me["id"].startswith("key_")
    assert me["organization"]["id"] == organization.id
    assert (me["role"], me["is_operator"], me["email"], me["organizations"]) == ("owner", False, None, [])
    assert {"organization.manage", "jobs.write", "billing.manage"} <= set(me["permissions"])
    assert "operator" not in me["permissions"]


def test_a_viewer_sees_that_they_may_only_read(teammate: Caller) -> None:
    permissions = teammate.get("/me").json()["permissions"]
    assert "jobs.read" in permissions
    assert not {"jobs.write", "organization.manage", "billing.manage"} & set(permissions)


def test_an_operator_sees_that_they_are_one(operator: Caller) -> None:
    me = operator.get("/me").json()
    assert (me["organization"], me["role"], me["is_operator"]) == (None, None, True)
    assert me["permissions"] == ["operator"]


def test_everybody_reads_their_own_organization(
    owner: Caller, teammate: Caller, outsider: Caller, organization: Organization
) -> None:
    for caller in (owner, teammate):
        assert caller.get("/organization").json() == {
            "id": organization.id,
            "name": "Meadow Labs",
            "state": "active",
            "requires_second_factor": False,
            "created_at": "2026-01-01T00:00:00.000000Z",
        }
    assert outsider.get("/organization").json()["name"] == "Other Labs"


def test_keys_of_a_suspended_organization_open_nothing(owner: Caller, organization: Organization) -> None:
    Organization.objects.filter(id=organization.id).update(state=Organization.State.SUSPENDED)
    answer = owner.get("/organization")
    assert answer.status_code == 401
    assert "suspended" in answer.json()["detail"]


def add_members(organization: Organization, count: int) -> None:
    for number in range(count):
        user = User.objects.create(email=f"person{number}@meadow.example", name="Person", created_at=START)
        Membership.objects.create(organization=organization, user=user, role=Role.MEMBER, created_at=START)


def test_members_are_listed_to_their_own(teammate: Caller, outsider: Caller, organization: Organization) -> None:
    add_members(organization, 1)
    [member] = teammate.get("/members").json()["data"]
    assert (member["email"], member["role"]) == ("person0@meadow.example", "member")
    assert outsider.get("/members").json() == {"data": [], "next_cursor": None}


def test_members_come_in_pages(owner: Caller, organization: Organization) -> None:
    add_members(organization, 3)
    first = owner.get("/members", limit=2).json()
    second = owner.get("/members", limit=2, cursor=first["next_cursor"]).json()
    emails = [member["email"] for member in first["data"] + second["data"]]
    assert emails == [f"person{number}@meadow.example" for number in (2, 1, 0)]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"cursor": "§"}])
def test_wrong_paging_is_named(owner: Caller, query: dict[str, str]) -> None:
    answer = owner.get("/members", **query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == next(iter(query))


def test_the_audit_trail_is_for_managers_of_the_organization(owner: Caller, teammate: Caller, outsider: Caller) -> None:
    created = owner.post("/api-keys", {"name": "CI"}).json()
    newest = owner.get("/audit-events").json()["data"][0]
    assert (newest["action"], newest["target"]) == ("api_key.create", created["id"])
    assert newest["actor"] == owner.get("/me").json()["id"]
    assert newest["target_name"] == "CI"
    assert teammate.get("/audit-events").status_code == 403
    assert created["id"] not in {event["target"] for event in outsider.get("/audit-events").json()["data"]}


@pytest.mark.parametrize(("path", "queries"), [("/members", 2), ("/api-keys", 2), ("/audit-events", 6)])
def test_lists_ask_the_database_a_fixed_number_of_times(
    owner: Caller,
    organization: Organization,
    path: str,
    queries: int,
) -> None:
    add_members(organization, 5)
    for number in range(5):
        owner.post("/api-keys", {"name": f"key {number}"})
    owner.get(path)
    with table_queries(queries):  # the key, the list; names of keys, operators and members; of targets
        assert len(owner.get(path).json()["data"]) >= 5


def test_a_key_says_when_it_was_last_used(owner: Caller) -> None:
    owner.get("/me")
    keys: list[dict[str, Any]] = owner.get("/api-keys").json()["data"]
    assert any(key["last_used_at"] for key in keys)
    assert not any("secret" in field for key in keys for field in key)
    assert ApiKey.across_tenants.filter(secret_sha256=owner.secret).count() == 0


def test_a_method_that_a_resource_does_not_have_is_named(owner: Caller, anonymous: Client) -> None:
    answer = owner.delete("/organization")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"].startswith("GET")
    assert anonymous.delete("/api/v1/organization").status_code == 401


def test_a_route_that_does_not_exist_is_a_problem_too(owner: Caller) -> None:
    answer = owner.get("/organisation")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]
