"""Top-ups, refunds, credit and the wallet's settings over the API."""

from typing import Any

import pytest

from tests.support.billing import UNIT, credit
from tests.support.platform import Caller
from trainyard.billing.models import Payment
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization

READ = ("/top-ups", "/refunds", "/credit-grants", "/wallet/settings")


def test_a_top_up_is_paid_credit_and_a_repetition_is_the_same_one(owner: Caller) -> None:
    first, again = (owner.post("/top-ups", {"amount": "25.00"}, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.status_code, first.json()["state"], first.json()["amount"]) == (201, "settled", "25.000000")
    assert again.json() == first.json()
    wallet = owner.get("/wallet").json()
    assert (wallet["available"], wallet["paid"], wallet["promotional"]) == ("25.000000", "25.000000", "0.000000")
    assert [each["id"] for each in owner.get("/top-ups").json()["data"]] == [first.json()["id"]]
    [grant] = owner.get("/credit-grants").json()["data"]
    assert (grant["kind"], grant["remaining"], grant["expires_at"]) == ("paid", "25.000000", None)


@pytest.mark.parametrize(
    "amount", ["0", "-1", "NaN", "Infinity", "1e3000", "0.0000001", "0.001", "", None, "1000000000.01"]
)
def test_an_impossible_amount_names_its_field_and_changes_nothing(owner: Caller, amount: Any) -> None:
    for path in ("/top-ups", "/refunds"):
        answer = owner.post(path, {"amount": amount})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "amount")
    assert not Payment.across_tenants.exists()


def test_a_teammate_reads_and_an_outsider_sees_nothing(owner: Caller, teammate: Caller, outsider: Caller) -> None:
    owner.post("/top-ups", {"amount": "25.00"})
    for path in READ:
        assert teammate.get(path).status_code == 200
    assert teammate.post("/top-ups", {"amount": "1"}).status_code == 403
    assert teammate.post("/refunds", {"amount": "1"}).status_code == 403
    assert teammate.patch("/wallet/settings", {"auto_resume": True}).status_code == 403
    assert outsider.get("/top-ups").json()["data"] == outsider.get("/credit-grants").json()["data"] == []
    assert outsider.post("/refunds", {"amount": "1"}).json()["code"] == "not_refundable"


def test_a_refund_takes_what_is_refundable_and_says_how_much_that_is(owner: Caller, organization: Organization) -> None:
    owner.post("/top-ups", {"amount": "25.00"})
    with tenant_scope(organization.id):
        credit(organization.id, 5 * UNIT)
    most = owner.get("/refunds").json()["most_refundable"]
    assert most == "25.000000"
    refusal = owner.post("/refunds", {"amount": "25.01"})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "not_refundable")
    answer = owner.post("/refunds", {"amount": most})
    assert [(each["amount"], each["state"]) for each in answer.json()["data"]] == [("25.000000", "pending")]
    assert owner.get("/refunds").json()["most_refundable"] == "0.000000"
    assert owner.get("/wallet").json()["available"] == "5.000000"


def test_settings_of_a_wallet_are_shown_as_they_were_set(owner: Caller) -> None:
    assert owner.get("/wallet/settings").json()["auto_top_up"] is None
    wanted = {"threshold": "5.000000", "amount": "20.000000", "monthly_limit": "100.000000"}
    assert owner.patch("/wallet/settings", {"auto_top_up": wanted}).json()["auto_top_up"] == wanted
    changed = owner.patch("/wallet/settings", {"auto_resume": True}).json()
    assert (changed["auto_top_up"], changed["auto_resume"]) == (wanted, True)
    assert owner.patch("/wallet/settings", {"auto_top_up": None}).json()["auto_top_up"] is None


@pytest.mark.parametrize(("field", "amount"), [("monthly_limit", "20"), ("amount", "1.001")])
def test_a_monthly_limit_below_a_top_up_and_an_amount_without_coins_are_named(
    owner: Caller, field: str, amount: str
) -> None:
    wanted = {"threshold": "5", "amount": amount, "monthly_limit": "19.99"}
    answer = owner.patch("/wallet/settings", {"auto_top_up": wanted})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, f"auto_top_up.{field}")
    assert owner.get("/wallet/settings").json()["auto_top_up"] is None
