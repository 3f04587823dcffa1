"""Operators make organizations, see their balances and grant credit."""

from typing import Any

import pytest
from django.test import Client

from tests.support.billing import UNIT, credit
from tests.support.platform import START, Caller
from tests.support.queries import table_queries
from trainyard.core.models import IdempotencyRecord
from trainyard.tenants.models import Membership, Organization, User

NEW = {"name": "Hill Labs", "owner_email": "Grace@hill.example"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/admin/organizations"),
        ("post", "/admin/organizations"),
        ("get", "/admin/organizations/{id}"),
        ("post", "/admin/organizations/{id}/credits"),
        ("get", "/admin/pools"),
        ("post", "/admin/pools"),
        ("post", "/admin/pools/{id}/prices"),
        ("post", "/admin/pools/{id}/enrolment-tokens"),
        ("get", "/admin/workers"),
        ("post", "/admin/workers/{id}/cordon"),
        ("post", "/admin/workers/{id}/uncordon"),
        ("post", "/admin/workers/{id}/drain"),
        ("post", "/admin/workers/{id}/remove"),
    ],
)
def test_only_operators_get_in(
    owner: Caller, teammate: Caller, outsider: Caller, anonymous: Client, method: str, path: str
) -> None:
    assert owner.organization
    path = path.format(id=owner.organization.id)
    for caller in (owner, teammate, outsider):
        assert getattr(caller, method)(path).status_code == 403
    assert getattr(anonymous, method)(f"/api/v1{path}").status_code == 401


def test_a_new_organization_comes_with_an_owner_and_a_key(operator: Caller) -> None:
    answer = operator.post("/admin/organizations", NEW)
    assert answer.status_code == 201
    created = answer.json()
    assert (created["name"], created["state"]) == ("Hill Labs", "active")
    owner = Caller(None, created["api_key"]["secret"])
    assert owner.get("/organization").json()["id"] == created["id"]
    assert owner.get("/me").json()["role"] == "owner"
    [member] = owner.get("/members").json()["data"]
    assert (member["email"], member["role"]) == ("grace@hill.example", "owner")


def test_somebody_with_an_account_may_own_another_organization(operator: Caller) -> None:
    operator.post("/admin/organizations", NEW)
    assert operator.post("/admin/organizations", NEW | {"name": "Dale Labs"}).status_code == 201
    user = User.objects.get()
    assert set(Membership.objects.filter(user=user).values_list("organization__name", flat=True)) == {
        "Hill Labs",
        "Dale Labs",
    }


def test_a_repeated_request_makes_one_and_forgets_the_secret(operator: Caller) -> None:
    first, again = (operator.post("/admin/organizations", NEW, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["api_key"] == {**first.json()["api_key"], "secret": None}
    assert first.json()["api_key"]["secret"] not in str(IdempotencyRecord.objects.values())
    assert Organization.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Hill Labs"}, "owner_email"),
        ({**NEW, "owner_email": "grace"}, "owner_email"),
        ({**NEW, "name": " "}, "name"),
        ({**NEW, "owner": "x"}, "owner"),
    ],
)
def test_a_wrong_body_names_its_field(operator: Caller, body: dict[str, str], field: str) -> None:
    answer = operator.post("/admin/organizations", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Organization.objects.exists()


def test_operators_see_every_balance(operator: Caller, organization: Organization, outsider: Caller) -> None:
    credit(organization.id, 3 * UNIT)
    listed = {found["name"]: found for found in operator.get("/admin/organizations").json()["data"]}
    assert listed["Meadow Labs"]["wallet"]["available"] == "3.000000"
    assert listed["Other Labs"]["wallet"]["available"] == "0.000000"
    assert operator.get(f"/admin/organizations/{organization.id}").json() == listed["Meadow Labs"]


def test_an_unknown_organization_is_not_found(operator: Caller) -> None:
    assert operator.get("/admin/organizations/org_none").status_code == 404
    assert operator.get("/admin/organizations/%00").status_code == 404
    answer = operator.post("/admin/organizations/org_none/credits", {"amount": "1", "kind": "promotional"})
    assert answer.status_code == 404


def test_credit_reaches_the_wallet(operator: Caller, owner: Caller, organization: Organization) -> None:
    path = f"/admin/organizations/{organization.id}/credits"
    answer = operator.post(path, {"amount": "12.5", "kind": "promotional"})
    assert answer.status_code == 201
    assert {(entry["account"], entry["amount"]) for entry in answer.json()["entries"]} == {
        ("wallet", "12.500000"),
        ("promotions", "-12.500000"),
    }
    assert operator.post(path, {"amount": "1", "kind": "payment"}).status_code == 201
    assert owner.get("/wallet").json()["available"] == "13.500000"
    events = owner.get("/audit-events").json()["data"]
    assert [event["action"] for event in events[:2]] == ["credit.grant", "credit.grant"]


def test_a_repeated_credit_is_granted_once(operator: Caller, owner: Caller, organization: Organization) -> None:
    path, body = f"/admin/organizations/{organization.id}/credits", {"amount": "5", "kind": "promotional"}
    first, again = (operator.post(path, body, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert first.json() == again.json()
    assert owner.get("/wallet").json()["available"] == "5.000000"


def test_the_same_credit_without_a_key_is_not_granted_twice(
    operator: Caller, owner: Caller, organization: Organization
) -> None:
    path, body = f"/admin/organizations/{organization.id}/credits", {"amount": "5.00", "kind": "promotional"}
    granted = operator.post(path, body).json()
    again = operator.post(path, {"amount": "5", "kind": "promotional"})
    assert (again.status_code, again.json()["code"]) == (409, "credit_repeated")
    assert granted["id"] in again.json()["detail"]
    assert "Idempotency-Key" in again.json()["hint"]
    for other in ({**body, "amount": "6"}, {**body, "kind": "payment"}):
        assert operator.post(path, other).status_code == 201
    assert operator.post(path, body, **{"Idempotency-Key": "meant"}).status_code == 201
    assert owner.get("/wallet").json()["available"] == "21.000000"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "0", "kind": "promotional"}, "amount"),
        ({"amount": "-1", "kind": "promotional"}, "amount"),
        ({"amount": "0.0000001", "kind": "promotional"}, "amount"),
        ({"amount": "1", "kind": "gift"}, "kind"),
        ({"amuont": "1", "kind": "payment", "amount": "1"}, "amuont"),
    ],
)
def test_an_impossible_credit_is_refused(
    operator: Caller, organization: Organization, body: dict[str, Any], field: str
) -> None:
    answer = operator.post(f"/admin/organizations/{organization.id}/credits", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_list_asks_the_database_a_fixed_number_of_times(operator: Caller) -> None:
    for number in range(4):
        credit(Organization.objects.create(name=f"Labs {number}", created_at=START).id, UNIT)
    operator.get("/admin/organizations")
    with table_queries(5):  # the key, the organizations, their accounts, grants and currencies
        assert len(operator.get("/admin/organizations").json()["data"]) == 4
