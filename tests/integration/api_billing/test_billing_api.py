"""Prices, usage, wallet and ledger over the API."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tests.support.billing import NOW, SECOND, UNIT, credit, keep, moment
from tests.support.jobs import make_worker
from tests.support.platform import START, Caller
from tests.support.queries import table_queries
from trainyard.billing import holds
from trainyard.billing.pricing.operations import set_price
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

PATHS = ("/prices", "/usage", "/wallet", "/ledger")


@pytest.fixture
def spender(organization: Organization, pool: Pool) -> Organization:
    """10 units of credit, 5 on hold, two stretches of usage in one job and one in another."""
    with tenant_scope(organization.id):
        credit(organization.id, 10 * UNIT)
        for job_id, name in (("job_1", "penguins"), ("job_2", "digits")):
            holds.reserve_funds(job_id=job_id, job_name=name, cap_micros=5 * UNIT // 2, now=NOW)
        keep(pool_id=pool.id, begin=0, end=100 * SECOND, slots=2)
        keep(pool_id=pool.id, begin=100 * SECOND, end=150 * SECOND + 500_000, slots=2, now=moment(60))
        keep(pool_id=pool.id, begin=0, end=10 * SECOND, job_id="job_2", now=moment(120))
    return organization


@pytest.mark.parametrize("path", PATHS)
def test_strangers_and_operators_have_no_money_here(anonymous: Client, operator: Caller, path: str) -> None:
    assert anonymous.get(f"/api/v1{path}").status_code == 401
    assert operator.get(path).status_code == 403


def test_the_wallet_adds_up(owner: Caller, teammate: Caller, spender: Organization) -> None:
    spent = 20_000 + 10_100 + 1_000
    expected = {
        "available": "5.000000",
        "held": str(Decimal(5 * UNIT - spent).scaleb(-6)),
        "spent": str(Decimal(spent).scaleb(-6)),
        "paid": "0.000000",
        "promotional": str(Decimal(10 * UNIT - spent).scaleb(-6)),
        "owed": "0.000000",
        "credit_limit": "0.000000",
        "next_expiry": None,
        "currency": "USD",
    }
    assert owner.get("/wallet").json() == expected
    assert teammate.get("/wallet").json() == expected


def test_an_organization_that_never_paid_has_an_empty_wallet(outsider: Caller, spender: Organization) -> None:
    wallet = outsider.get("/wallet").json()
    amounts = ("available", "held", "spent", "paid", "promotional", "owed", "credit_limit")
    assert {wallet[name] for name in amounts} == {"0.000000"}
    assert (wallet["currency"], wallet["next_expiry"]) == ("USD", None)


def test_usage_shows_each_stretch_newest_first_with_totals(owner: Caller, spender: Organization, pool: Pool) -> None:
    answer = owner.get("/usage").json()
    assert [record["amount"] for record in answer["data"]] == ["0.001000", "0.010100", "0.020000"]
    assert answer["totals"] == {"slot_seconds": 311.0, "amount": "0.031100", "currency": "USD"}
    oldest = answer["data"][-1]
    assert {name: oldest[name] for name in ("job_id", "pool", "slots", "seconds", "unit_price", "billed_by")} == {
        "job_id": "job_1",
        "pool": pool.name,
        "slots": 2,
        "seconds": 100.0,
        "unit_price": "0.000100000",
        "billed_by": "ckpt_1",
    }
    assert oldest["kept_by"] == oldest["billed_by"], "clients of earlier releases read the old name"
    assert oldest["started_at"] == "2026-01-02T00:00:00.000000Z"
    assert oldest["ended_at"] == "2026-01-02T00:01:40.000000Z"


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ({"job": "job_1"}, ["0.010100", "0.020000"]),
        ({"from": moment(60).isoformat()}, ["0.001000", "0.010100"]),
        ({"to": moment(60).isoformat()}, ["0.020000"]),
        ({"from": moment(1).isoformat(), "to": moment(61).isoformat(), "job": "job_2"}, []),
    ],
)
def test_usage_is_filtered_and_its_totals_with_it(
    owner: Caller, spender: Organization, query: dict[str, Any], amounts: list[str]
) -> None:
    answer = owner.get("/usage", **query).json()
    assert [record["amount"] for record in answer["data"]] == amounts
    assert Decimal(answer["totals"]["amount"]) == sum(map(Decimal, amounts))


def test_totals_count_more_than_the_page(owner: Caller, spender: Organization) -> None:
    page = owner.get("/usage", limit=1).json()
    assert len(page["data"]) == 1
    assert page["totals"]["amount"] == "0.031100"
    following = owner.get("/usage", limit=1, cursor=page["next_cursor"]).json()
    assert (following["data"][0]["amount"], following["totals"]) == ("0.010100", page["totals"])


@pytest.mark.parametrize(("name", "value"), [("from", "yesterday"), ("form", "2026-01-01T00:00:00Z")])
def test_a_wrong_filter_is_named(owner: Caller, name: str, value: str) -> None:
    answer = owner.get("/usage", **{name: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == name


def test_the_ledger_shows_balanced_transactions(owner: Caller, spender: Organization) -> None:
    transactions = owner.get("/ledger").json()["data"]
    named = {row["job_id"]: row["job_name"] for row in transactions}
    assert named == {"job_1": "penguins", "job_2": "digits", "": None}
    assert [found["kind"] for found in transactions] == ["usage", "usage", "usage", "hold", "hold", "credit"]
    for found in transactions:
        assert sum(Decimal(entry["amount"]) for entry in found["entries"]) == 0
        assert {entry["currency"] for entry in found["entries"]} == {"USD"}
    assert transactions[0]["job_id"] == "job_2"
    assert {(entry["account"], entry["amount"]) for entry in transactions[0]["entries"]} == {
        ("held", "-0.001000"),
        ("revenue", "0.001000"),
    }


def test_an_outsider_sees_none_of_it(outsider: Caller, spender: Organization) -> None:
    assert outsider.get("/ledger").json()["data"] == []
    usage = outsider.get("/usage", job="job_1").json()
    assert (usage["data"], usage["totals"]["amount"]) == ([], "0.000000")


def test_prices_show_what_rules_and_what_is_announced(owner: Caller, teammate: Caller, pool: Pool) -> None:
    start = START + timedelta(days=365 * 50)
    for days, price in ((0, "0.5"), (1, "0.6")):
        set_price(
            pool_id=pool.id,
            per_slot_second=Decimal(price),
            effective_from=start + timedelta(days=days),
            actor="tests",
            now=NOW,
        )
    Pool.objects.create(name="unpriced", slot_kind=Pool.SlotKind.CUDA, created_at=START)
    Pool.objects.create(name="closed", slot_kind=Pool.SlotKind.CPU, state=Pool.State.CLOSED, created_at=START)
    unpriced, priced = teammate.get("/prices").json()["data"]
    assert (unpriced["pool"], unpriced["price"], unpriced["upcoming"]) == ("unpriced", None, [])
    assert (priced["pool"], priced["pool_id"], priced["slot_kind"]) == ("default", pool.id, "cpu")
    assert priced["largest_worker"] == 0
    for slots in (2, 4):
        make_worker(pool, name=f"worker-{slots}", slots=slots)
    assert [row["largest_worker"] for row in teammate.get("/prices").json()["data"]] == [0, 4]
    assert priced["price"]["per_slot_second"] == "0.000100000"
    assert priced["price"]["currency"] == "USD"
    assert [price["per_slot_second"] for price in priced["upcoming"]] == ["0.500000000", "0.600000000"]


# The key; then the list, and: currency, prices, contracts and workers of the page / totals and currency / balances,
# grants and currency / entries and their accounts.
@pytest.mark.parametrize(
    ("path", "queries", "messages"),
    [("/prices", 6, 4), ("/usage", 5, 5), ("/wallet", 4, 4), ("/ledger", 4, 4)],
)
def test_lists_ask_the_database_a_fixed_number_of_times(
    owner: Caller,
    spender: Organization,
    path: str,
    queries: int,
    messages: int,
) -> None:
    for number in range(3):
        Pool.objects.create(name=f"pool-{number}", slot_kind=Pool.SlotKind.CPU, created_at=START)
    owner.get(path)
    with table_queries(queries, messages=messages):
        assert owner.get(path).status_code == 200
