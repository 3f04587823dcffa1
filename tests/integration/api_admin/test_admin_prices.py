"""Operators keep price books, and say how organizations pay."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.platform import Caller
from trainyard.billing.models import Price
from trainyard.core.time import database_now
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization


def in_days(days: int) -> str:
    return (database_now() + timedelta(days=days)).isoformat()


def test_prices_are_made_and_listed_by_the_name_or_id_of_a_pool(operator: Caller, pool: Pool) -> None:
    for name in (pool.name, pool.id):
        body = {"pool": name, "per_slot_second": "0.00003", "preemptible": name == pool.id}
        answer = operator.post("/admin/prices", body)
        assert (answer.status_code, answer.json()["pool"]) == (201, "default")
    listed = operator.get("/admin/prices", pool="default").json()["data"]
    assert [each["preemptible"] for each in listed] == [True, False, False]
    assert operator.get("/admin/prices", pool="none").status_code == 404


def test_a_customer_sees_what_they_themselves_pay(
    operator: Caller, owner: Caller, outsider: Caller, organization: Organization, pool: Pool
) -> None:
    path = f"/admin/organizations/{organization.id}/prices"
    assert operator.post(path, {"percent_off": "20"}).status_code == 201
    assert (
        operator.post(path, {"pool": "default", "per_slot_second": "0.00001", "preemptible": True}).status_code == 201
    )
    later = {
        "pool": "default",
        "per_slot_second": "0.00005",
        "effective_from": in_days(1),
        "effective_until": in_days(9),
    }
    assert operator.post(path, later).status_code == 201
    [shown] = owner.get("/prices").json()["data"]
    assert (shown["price"]["per_slot_second"], shown["price"]["list_per_slot_second"]) == ("0.000080000", "0.000100000")
    assert (shown["price"]["percent_off"], shown["preemptible_price"]["per_slot_second"]) == ("20.00", "0.000010000")
    assert [each["per_slot_second"] for each in shown["upcoming"]] == ["0.000050000", "0.000080000"]
    [theirs] = outsider.get("/prices").json()["data"]
    assert (theirs["price"]["per_slot_second"], theirs["upcoming"]) == ("0.000100000", [])
    assert len(operator.get(path).json()["data"]) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"per_slot_second": "0.1"}, "pool"),
        ({"pool": "default"}, "per_slot_second"),
        ({"pool": "default", "per_slot_second": "0.1", "percent_off": "5"}, "per_slot_second"),
        ({"percent_off": "101"}, "percent_off"),
        ({"percent_off": "-1"}, "percent_off"),
        ({"percent_off": "5", "preemptible": True}, "preemptible"),
        ({"pool": "nowhere", "percent_off": "5"}, "pool"),
        ({"percent_off": "5", "effective_from": "2020-01-01T00:00:00Z"}, "effective_from"),
    ],
)
def test_a_wrong_agreement_names_its_field(
    operator: Caller, organization: Organization, pool: Pool, body: dict[str, Any], field: str
) -> None:
    answer = operator.post(f"/admin/organizations/{organization.id}/prices", body)
    assert answer.status_code in (400, 404)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_overlapping_dates_are_a_conflict(operator: Caller, organization: Organization, pool: Pool) -> None:
    path = f"/admin/organizations/{organization.id}/prices"
    body = {"percent_off": "5", "effective_from": in_days(1), "effective_until": in_days(3)}
    assert operator.post(path, body).status_code == 201
    answer = operator.post(path, body | {"effective_from": in_days(2), "effective_until": in_days(4)})
    assert (answer.status_code, answer.json()["code"]) == (409, "effective_dates_overlap")


def test_a_price_in_an_unknown_currency_is_refused(operator: Caller, pool: Pool) -> None:
    before = Price.objects.count()
    answer = operator.post("/admin/prices", {"pool": "default", "per_slot_second": "1", "currency": "DOG"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_currency")
    assert Price.objects.count() == before


def test_an_organization_may_be_let_pay_afterwards_in_its_own_currency(
    operator: Caller, owner: Caller, organization: Organization
) -> None:
    path = f"/admin/organizations/{organization.id}"
    assert operator.post(f"{path}/currency", {"currency": "EUR"}).json() == {"currency": "EUR"}
    assert operator.post(f"{path}/credit-limit", {"credit_limit": "50"}).json() == {"credit_limit": "50.000000"}
    wallet = owner.get("/wallet").json()
    assert (wallet["currency"], wallet["available"], wallet["credit_limit"]) == ("EUR", "50.000000", "50.000000")
    for call in ("currency", "credit-limit", "prices"):
        assert operator.post(f"/admin/organizations/org_none/{call}", {"percent_off": "1"}).status_code in (400, 404)
        assert owner.post(f"{path}/{call}", {}).status_code == 403


def test_credit_may_expire_and_have_a_priority(operator: Caller, owner: Caller, organization: Organization) -> None:
    path, body = f"/admin/organizations/{organization.id}/credits", {"amount": "5", "kind": "promotional"}
    assert operator.post(path, body | {"expires_at": in_days(30), "priority": 7}).status_code == 201
    [grant] = owner.get("/credit-grants").json()["data"]
    assert (grant["priority"], grant["kind"]) == (7, "promotional")
    assert owner.get("/wallet").json()["next_expiry"]["amount"] == "5.000000"
    refusal = operator.post(path, body | {"expires_at": "2020-01-01T00:00:00Z"})
    assert (refusal.status_code, refusal.json()["errors"][0]["field"]) == (400, "expires_at")
