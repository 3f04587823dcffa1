"""Revenue is all that was billed, of every kind, less what was given back: to the micro-unit what the ledger has."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.billing import UNIT
from tests.support.invoices import close, posted, train
from tests.support.jobs import fund
from tests.support.platform import Caller
from tests.support.queries import table_queries
from trainyard.billing.invoices import corrections
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.billing.models import Invoice, MeteredUsage, MeterPrice
from trainyard.core.money import format_micros
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.overview import revenue
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization


def meter(kind: MeteredUsage.Kind, micros: int) -> None:
    """A unit of something that costs ``micros``, and one that has no price."""
    now = database_now()
    price = MeterPrice(id=f"price_{kind}", per_unit=Decimal(micros) / UNIT, effective_from=now)
    for number, its_price in enumerate((price, None)):
        event = MeterEvent(kind, "mdl_1", f"{kind}:{number}", NANO_PER_UNIT, "call", now, now, price=its_price)
        rate([event], now=now)


@pytest.fixture
def billed(organization: Organization, pool: Pool) -> Organization:
    """Training for 0.01, each meter for something, and a void invoice of a month before the training."""
    fund(organization)
    now = database_now()
    with tenant_scope(organization.id):
        train(pool_id=pool.id, ended_at=now - timedelta(days=20), job_id="job_before")
    close(organization.id, now + timedelta(days=40))
    with tenant_scope(organization.id):
        invoice = Invoice.objects.get(finalized_at__isnull=False)
        corrections.void(invoice_id=invoice.id, reason="x", reissue=False, actor="tests", calendar=now, now=now)
        train(pool_id=pool.id, ended_at=now, job_id="job_now")
        for kind, micros in zip(MeteredUsage.Kind, (3, 50, 7 * UNIT), strict=True):
            meter(kind, micros)
    return organization


def test_every_kind_counts_and_the_total_is_the_ledgers(billed: Organization, pool: Pool, operator: Caller) -> None:
    found = operator.get("/admin/revenue").json()
    kinds = {(row["kind"], row["pool"]): row["amount"] for row in found["data"] if row["day"] == today()}
    assert kinds == {
        ("training", pool.name): "0.010000",
        ("storage", ""): "0.000003",
        ("predictions", ""): "0.000050",
        ("plan", ""): "7.000000",
        ("corrections", ""): "-0.010000",
    }
    with tenant_scope(billed.id):
        gained = format_micros(posted("revenue"))
    assert found["totals"] == [{"currency": "USD", "amount": gained}]
    assert [(row["organization_id"], row["amount"]) for row in found["customers"]] == [(billed.id, gained)]


def test_it_asks_the_database_as_often_whatever_there_is(billed: Organization) -> None:
    now = database_now()
    with table_queries(4):
        revenue.revenue(start=now - timedelta(days=30), end=now)


def today() -> str:
    return database_now().date().isoformat()
