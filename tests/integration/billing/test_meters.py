"""Storage and predictions: each event is priced at the time of its usage and booked once."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from tests.support.billing import UNIT, balances, credit
from tests.support.invoices import assert_adds_up, close
from tests.support.platform import Caller
from trainyard.billing.meters.models import MeterCarry, MeteredUsage
from trainyard.billing.meters.prices import set_meter_price
from trainyard.billing.meters.rating import NANO_PER_UNIT, NO_PRICE, MeterEvent, rate
from trainyard.billing.models import JournalEntry
from trainyard.core.tenancy import tenant_scope
from trainyard.tenants.models import Organization

JANUARY = datetime(2026, 1, 5, tzinfo=UTC)
Kind = MeteredUsage.Kind


@pytest.fixture
def customer(organization: Organization) -> str:
    credit(organization.id, UNIT)
    return organization.id


def price(kind: str, unit: str, per_unit: str, at: datetime = JANUARY) -> None:
    set_meter_price(
        kind=kind, unit=unit, per_unit=Decimal(per_unit), currency=None, effective_from=at, actor="tests", now=at
    )


def call(number: int, at: datetime = JANUARY) -> MeterEvent:
    return MeterEvent(Kind.PREDICTIONS, "mdl_1", f"pred_{number}:call", NANO_PER_UNIT, "call", at, at)


def hour(number: int, stored: int = 5 * 10**9) -> MeterEvent:
    start = JANUARY + timedelta(hours=number)
    return MeterEvent(
        Kind.STORAGE, "datasets", f"storage:{start}", stored, "GB-hour", start, start + timedelta(hours=1)
    )


def test_calls_that_cost_less_than_a_micro_unit_are_rounded_together(customer: str) -> None:
    price("predictions", "call", "0.000000123")
    with tenant_scope(customer):
        charged = sum(rate([call(number)], now=JANUARY) for number in range(40))
        exact = 40 * Decimal("0.123")
        assert charged == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)) == 5
        assert MeterCarry.objects.get().pico == (exact - 5) * 10**12
        assert balances()["revenue"] == charged


def test_an_event_sent_again_in_whatever_order_is_booked_once(customer: str) -> None:
    price("predictions", "call", "0.001")
    events = [call(number) for number in range(5)]
    with tenant_scope(customer):
        for sent in (events[:3], events[::-1], [events[1]] * 3, events):
            rate(sent, now=JANUARY)
        assert MeteredUsage.objects.count() == 5
        assert balances()["revenue"] == 5_000
        assert JournalEntry.objects.filter(kind="metered").count() == 5


def test_a_snapshot_dropped_or_written_late_changes_no_other_hour(customer: str) -> None:
    price("storage", "GB-hour", "0.0001")
    with tenant_scope(customer):
        rate([hour(0)], now=JANUARY)
        before = balances()
        rate([hour(0, stored=9 * 10**9)], now=JANUARY)  # the same hour once more
        assert balances() == before
        rate([hour(3)], now=JANUARY)  # nobody took those between
        rate([hour(1)], now=JANUARY + timedelta(hours=9))
        assert balances()["revenue"] == 3 * 500
        assert set(MeteredUsage.objects.values_list("amount_micros", flat=True)) == {500}


def test_what_has_no_price_is_free_and_says_so(customer: str) -> None:
    with tenant_scope(customer):
        assert rate([hour(0)], now=JANUARY) == 0
        assert MeteredUsage.objects.get().free_reason == NO_PRICE
        price("storage", "GB-hour", "0.0001", at=JANUARY + timedelta(hours=1))
        assert rate([hour(0), hour(1)], now=JANUARY) == 500


def test_an_empty_wallet_owes_the_rest_and_the_invoice_asks_for_it(customer: str) -> None:
    price("storage", "GB-hour", "1")
    with tenant_scope(customer):
        assert rate([hour(0)], now=JANUARY) == 5 * UNIT
        assert (balances()["wallet"], balances()["receivable"]) == (0, -4 * UNIT)
    [invoice] = close(customer, datetime(2026, 2, 1, tzinfo=UTC))
    assert (invoice.state, invoice.total_micros, invoice.due_micros) == ("finalized", 5 * UNIT, 4 * UNIT)
    with tenant_scope(customer):
        assert_adds_up(invoice)


def test_a_due_invoice_is_paid_once_and_then_done(customer: str, operator: Caller) -> None:
    price("storage", "GB-hour", "1")
    with tenant_scope(customer):
        rate([hour(0)], now=JANUARY)
    [invoice] = close(customer, datetime(2026, 2, 1, tzinfo=UTC))
    path = f"/admin/invoices/{invoice.id}/pay"
    assert operator.post(path, {"amount": "5", "reference": "a"}).json()["code"] == "beyond_invoice"
    for _ in range(2):
        assert operator.post(path, {"amount": "1", "reference": "b"}).json()["paid"] == "1.000000"
    assert operator.post(path, {"amount": "3", "reference": "c"}).json()["state"] == "paid"
    with tenant_scope(customer):
        assert balances()["receivable"] == 0
        assert sum(balances().values()) == 0


def test_operators_price_meters_and_customers_see_it(owner: Caller, operator: Caller) -> None:
    body = {"kind": "storage", "unit": "GB-hour", "per_unit": "0.00003"}
    assert owner.post("/admin/meter-prices", body).status_code == 403
    assert operator.post("/admin/meter-prices", body).status_code == 201
    assert operator.post("/admin/meter-prices", body | {"unit": "call"}).json()["errors"][0]["field"] == "unit"
    assert operator.post("/admin/meter-prices", body | {"per_unit": "-1"}).status_code == 400
    assert operator.post("/admin/meter-prices", body | {"currency": "ZZZ"}).status_code == 400
    [shown] = owner.get("/meter-prices").json()["data"]
    assert shown["per_unit"] == "0.000030000"
