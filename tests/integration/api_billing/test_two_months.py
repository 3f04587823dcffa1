"""Two months of a customer in America/St_Johns: prices, plan, training, the clock moved, invoices, payment, credit."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.billing import UNIT, credit
from tests.support.invoices import train
from tests.support.movable_clock import movable_clock
from tests.support.platform import Caller
from trainyard.billing.calendar import clock
from trainyard.billing.calendar.months import Month
from trainyard.billing.invoices import month_end
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization
from trainyard_client.billing_recompute import recompute

ZONE = "America/St_Johns"
__all__ = ["movable_clock"]
SELLER = {"name": "Yard GmbH", "city": "Berlin", "country": "DE", "vat_id": "DE136695976", "number_prefix": "YARD"}
TAX = {"country": "FR", "percent": "20", "effective_from": "2026-01-01T00:00:00Z"}
PLAN = {"name": "Team", "monthly_fee": "40.00"}
PER_SECOND = Decimal("0.0001")


def move_past(operator: Caller, month: Month) -> None:
    """A quarter of an hour into the next month of the customer, whose midnight is at half past by UTC."""
    moved = month.end(ZONE) + timedelta(minutes=15)
    told(operator.post("/admin/test-clock", {"now": moved.isoformat()}))
    month_end.run(calendar=clock.calendar_now(), now=database_now())


def told(answer: Any) -> Any:
    assert answer.status_code in (200, 201), answer.json()
    return answer.json()


def assert_checks_out(owner: Caller, invoice: dict[str, Any]) -> None:
    """Whoever has the journal comes to the same invoice, and the export of costs to what is payable."""
    journal = b"".join(owner.get(f"/invoices/{invoice['id']}/journal").streaming_content).decode().splitlines()
    found = recompute(invoice, journal)
    assert (found.differences, found.total) == ([], Decimal(invoice["total"]))
    costs = csv.DictReader(io.StringIO(owner.get("/focus", invoice=invoice["id"]).content.decode()))
    assert sum(Decimal(row["BilledCost"]) for row in costs) == Decimal(invoice["payable"])


def assert_credited(operator: Caller, invoice: dict[str, Any]) -> None:
    given_back = {"amount": "1.20", "reason": "A slow disk", "line": 1}
    note = told(operator.post(f"/admin/invoices/{invoice['id']}/credit-notes", given_back))
    assert (note["net"], note["tax"], note["invoice_number"]) == ("1.000000", "0.200000", invoice["number"])


@pytest.mark.usefixtures("movable_clock")
def test_from_prices_to_a_second_months_invoice(
    owner: Caller, operator: Caller, organization: Organization, pool: Pool
) -> None:
    told(operator.post("/admin/legal-entity", SELLER))
    told(operator.post("/admin/tax-rates", TAX))
    plan = told(operator.post("/admin/plans", PLAN))
    told(owner.patch("/organization/billing-profile", {"legal_name": "Meadow", "country": "FR", "time_zone": ZONE}))
    credit(organization.id, 45 * UNIT)
    told(owner.post("/organization/plan", {"plan": plan["id"]}))
    seconds = int(Decimal(told(owner.get("/wallet"))["available"]) / PER_SECOND)  # all is spent, but for the tax
    now = database_now()
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=now, seconds=seconds, job_id="job_1", job_name="digits")
    month = Month.of(clock.calendar_now(), ZONE)
    move_past(operator, month)
    first = told(owner.get(f"/invoices/{owner.get('/invoices').json()['data'][1]['id']}"))
    assert (first["period"]["month"], first["period"]["end"]) == (str(month), in_utc(month))
    assert [(line["kind"], line["job_name"]) for line in first["lines"]] == [("job", "digits"), ("plan", None)]
    assert Decimal(first["lines"][0]["charged"]) == seconds * PER_SECOND
    assert_checks_out(owner, first)
    assert first["state"] == "finalized", "credit did not pay all of it"
    paid = {"amount": first["due"], "reference": "transfer 1"}
    assert told(operator.post(f"/admin/invoices/{first['id']}/pay", paid))["state"] == "paid"
    assert_credited(operator, first)

    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=now + timedelta(seconds=1), job_id="job_2", job_name="second")
        long_ago = now - (clock.calendar_now() - now)  # by the calendar it is now: before its month
        train(pool_id=pool.id, ended_at=long_ago, job_id="job_3", job_name="late")
    move_past(operator, month.next())
    second = told(owner.get(f"/invoices/{owner.get('/invoices').json()['data'][1]['id']}"))
    assert [(line["job_name"], line["late_for"]) for line in second["lines"]] == [
        ("second", ""),
        (None, ""),
        ("late", str(month)),
    ]
    assert second["number"] == "YARD-000002"
    assert_checks_out(owner, second)


def in_utc(month: Month) -> str:
    """When a month ends: at midnight in St John's, which is half an hour off everybody else's hours."""
    end = datetime(month.next().year, month.next().month, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    assert end.minute == 30
    return end.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
