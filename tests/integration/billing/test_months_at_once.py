"""Months that several close at the same moment: one invoice each, and numbers without a gap."""

from datetime import timedelta
from functools import partial

from tests.support.billing import UNIT, assert_books_are_right, credit
from tests.support.invoices import assert_adds_up, train
from tests.support.platform import START
from tests.support.transactional import at_once
from trainyard.billing.invoices import month_end
from trainyard.billing.models import Invoice, Price
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

CUSTOMERS = 3
MONTHS = 3
CLOSERS = 6
OVER = START + timedelta(days=31 * MONTHS)


def test_each_month_is_one_invoice_and_no_number_is_missing(committed_db: None) -> None:
    pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=START)
    Price.objects.create(pool=pool, per_slot_second="0.0001", currency="USD", effective_from=START, created_at=START)
    customers = [Organization.objects.create(name=f"Labs {n}", created_at=START).id for n in range(CUSTOMERS)]
    for customer in customers:
        credit(customer, UNIT)
        with tenant_scope(customer):
            for month in range(MONTHS):
                at = START + timedelta(days=2 + 31 * month)
                train(pool_id=pool.id, ended_at=at, job_id=f"job_{customer[-6:]}_{month}")
    closed = at_once([partial(month_end.run, calendar=OVER, now=OVER)] * CLOSERS)
    assert [each for each in closed if isinstance(each, Exception)] == []
    finalized = list(Invoice.across_tenants.filter(finalized_at__isnull=False).order_by("sequence"))
    assert [invoice.sequence for invoice in finalized] == list(range(1, CUSTOMERS * MONTHS + 1))
    assert len({(invoice.organization_id, invoice.month) for invoice in finalized}) == CUSTOMERS * MONTHS
    assert sum(each for each in closed if isinstance(each, int)) >= CUSTOMERS * MONTHS
    for invoice in finalized:
        with tenant_scope(invoice.organization_id):
            assert_adds_up(invoice)
    for customer in customers:
        with tenant_scope(customer):
            assert_books_are_right()
