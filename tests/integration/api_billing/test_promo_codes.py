"""Promo codes are worth their credit once an organization, and no oftener than they may be redeemed."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.billing import NOW, assert_books_are_right
from tests.support.platform import START, Caller
from tests.support.transactional import at_once
from trainyard.billing.models import PromoCode
from trainyard.billing.promotions.operations import create_promo_code, redeem
from trainyard.billing.queries import wallet
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.tenants.models import Organization

CODE = {"code": "Spring-26", "amount": "20"}


def test_a_code_is_redeemed_once(operator: Caller, owner: Caller, teammate: Caller, outsider: Caller) -> None:
    assert operator.post("/admin/promo-codes", CODE | {"credit_days": 30}).status_code == 201
    assert operator.post("/admin/promo-codes", CODE).json()["code"] == "promo_code_exists"
    assert teammate.post("/promo-codes/redeem", {"code": "SPRING-26"}).status_code == 403
    assert owner.post("/promo-codes/redeem", {"code": "spring-26"}).status_code == 201
    again = owner.post("/promo-codes/redeem", {"code": "SPRING-26"})
    assert (again.status_code, again.json()["code"]) == (409, "promo_code_redeemed")
    assert outsider.post("/promo-codes/redeem", {"code": "SPRING-26"}).status_code == 201
    shown = owner.get("/wallet").json()
    assert (shown["promotional"], shown["next_expiry"]["amount"]) == ("20.000000", "20.000000")
    assert [each["redemptions"] for each in operator.get("/admin/promo-codes").json()["data"]] == [2]


@pytest.mark.parametrize(
    "terms", [{"ends_at": "past"}, {"currency": "EUR"}, {"max_redemptions": 1, "taken": True}, {"code": "OTHER"}]
)
def test_a_code_that_is_of_no_use_is_named_and_changes_nothing(
    operator: Caller, owner: Caller, outsider: Caller, terms: dict[str, Any]
) -> None:
    taken = terms.pop("taken", False) if (terms := dict(terms)) else False
    if terms.get("ends_at") == "past":
        terms["ends_at"] = (database_now() - timedelta(seconds=1)).isoformat()
    assert operator.post("/admin/promo-codes", CODE | terms).status_code == 201
    if taken:
        assert outsider.post("/promo-codes/redeem", {"code": "SPRING-26"}).status_code == 201
    answer = owner.post("/promo-codes/redeem", {"code": "SPRING-26"})
    assert (answer.status_code, answer.json()["code"]) == (400, "promo_code_invalid")
    assert answer.json()["errors"][0]["field"] == "code"
    assert owner.get("/wallet").json()["available"] == "0.000000"


def test_of_many_at_once_no_more_redeem_it_than_may(committed_db: None) -> None:
    create_promo_code(code="LIMITED", amount_micros=1_000, max_redemptions=3, actor="tests", now=NOW)
    organizations = [Organization.objects.create(name=f"Labs {n}", created_at=START).id for n in range(4)]

    def take(organization_id: str) -> int:
        with tenant_scope(organization_id):
            redeem(code="limited", actor="tests", now=NOW)
        return 1

    results = at_once([partial(take, each) for each in organizations for _ in range(2)])
    assert sum(each for each in results if isinstance(each, int)) == 3
    assert PromoCode.objects.get().redemptions == 3
    had = []
    for each in organizations:
        with tenant_scope(each):
            had.append(wallet().available_micros)
            assert_books_are_right()
    assert sorted(had) == [0, 1_000, 1_000, 1_000]
