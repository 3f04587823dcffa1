"""Months of organizations: each becomes one invoice, whenever and however often somebody closes it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.db import DatabaseError, connection, transaction

from tests.support.billing import UNIT, balances, credit
from tests.support.invoices import assert_adds_up, close, train
from trainyard.billing.calendar.months import Month
from trainyard.billing.invoices import corrections, parties
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.models import CreditGrant, JournalEntry
from trainyard.billing.payments.operations import begin_top_up
from trainyard.billing.payments.port import ChargeRequest, PaymentFact, PaymentOutcome, RefundNotice
from trainyard.billing.payments.queries import most_refundable
from trainyard.billing.payments.refunds import record_refund_notice, request_refund
from trainyard.billing.payments.top_ups import BegunTopUp
from trainyard.core.models import DomainEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization
from trainyard_spec.webhook_events import WebhookEvent

ZONES = ("Pacific/Auckland", "Asia/Kathmandu", "America/St_Johns")


@pytest.fixture
def customer(organization: Organization, pool: Pool) -> str:
    credit(organization.id, 100 * UNIT)
    return organization.id


def in_zone(organization_id: str, zone: str) -> None:
    with tenant_scope(organization_id):
        parties.set_profile(actor="tests", now=datetime(2026, 1, 1, tzinfo=UTC), time_zone=zone)


@pytest.mark.parametrize("zone", ZONES)
def test_a_month_closed_around_midnight_is_one_invoice(customer: str, pool: Pool, zone: str) -> None:
    in_zone(customer, zone)
    midnight = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone))
    with tenant_scope(customer):
        train(pool_id=pool.id, ended_at=midnight - timedelta(microseconds=1), job_id="job_before")
        train(pool_id=pool.id, ended_at=midnight, job_id="job_after")
    assert close(customer, midnight - timedelta(minutes=1)) == []
    for minutes in (0, 0, 1, 1):
        [invoice] = close(customer, midnight + timedelta(minutes=minutes))
    with tenant_scope(customer):
        assert [line.subject for line in invoice.lines.all()] == ["job_before"]
        assert (invoice.period_end, invoice.month) == (midnight, "2026-02")
        assert_adds_up(invoice)


def test_accounts_made_either_side_of_a_daylight_saving_change_get_equal_invoices(pool: Pool) -> None:
    spring = datetime(2026, 3, 8, 7, tzinfo=UTC)  # clocks of New York go from 02:00 to 03:00
    totals = []
    for made_at in (spring - timedelta(hours=1), spring + timedelta(hours=1)):
        each = Organization.objects.create(name="Meadow Labs", created_at=made_at)
        in_zone(each.id, "America/New_York")
        credit(each.id, UNIT)
        with tenant_scope(each.id):
            train(pool_id=pool.id, ended_at=made_at, seconds=3_600, job_id=f"job_{len(totals)}")
        [invoice] = close(each.id, datetime(2026, 4, 2, tzinfo=UTC))
        totals.append((invoice.total_micros, invoice.period_start, invoice.period_end))
    assert totals[0] == totals[1]


def test_the_periods_of_every_zone_follow_one_another_for_ten_years() -> None:
    for zone in available_timezones():
        month, end = Month(2020, 1), None
        for _ in range(120):
            start = month.start(zone)
            assert end in (None, start), (zone, month)
            end = month.end(zone)
            assert timedelta(days=26) < end - start < timedelta(days=33), (zone, month)
            month = month.next()
        assert Month.of(end, zone) == month, zone


def test_a_zone_that_skips_the_first_of_a_month_still_has_that_month() -> None:
    # Kiritimati went from 31 December 1994 to 2 January 1995.
    month = Month(1995, 1)
    start = month.start("Pacific/Kiritimati")
    assert start == Month(1994, 12).end("Pacific/Kiritimati")
    assert Month.of(start, "Pacific/Kiritimati") == month


def test_closing_twice_adds_nothing(customer: str, pool: Pool) -> None:
    with tenant_scope(customer):
        train(pool_id=pool.id, ended_at=datetime(2026, 2, 10, tzinfo=UTC))
    after = datetime(2026, 3, 1, 0, 5, tzinfo=UTC)
    [invoice] = close(customer, after)
    [told] = DomainEvent.objects.filter(type=WebhookEvent.INVOICE_FINALIZED)
    assert (told.organization_id, told.object_id) == (customer, invoice.id)
    assert told.data["number"] == invoice.number
    before = (JournalEntry.across_tenants.count(), InvoiceLine.across_tenants.count(), Invoice.across_tenants.count())
    assert close(customer, after) == [invoice]
    assert before == (
        JournalEntry.across_tenants.count(),
        InvoiceLine.across_tenants.count(),
        Invoice.across_tenants.count(),
    )
    assert DomainEvent.objects.filter(type=WebhookEvent.INVOICE_FINALIZED).count() == 1


def test_a_calendar_that_jumps_closes_month_by_month_and_numbers_only_those_with_charges(
    customer: str, pool: Pool
) -> None:
    with tenant_scope(customer):
        for month in (1, 2, 5):
            train(pool_id=pool.id, ended_at=datetime(2026, month, 10, tzinfo=UTC), job_id=f"job_{month}")
    invoices = close(customer, datetime(2027, 1, 1, tzinfo=UTC))
    assert [(each.number, each.month) for each in invoices] == [
        ("INV-000001", "2026-01"),
        ("INV-000002", "2026-02"),
        ("INV-000003", "2026-05"),
    ]
    for invoice in invoices:
        with tenant_scope(customer):
            assert_adds_up(invoice)


def test_late_usage_is_a_referenced_line_of_the_next_invoice(customer: str, pool: Pool) -> None:
    with tenant_scope(customer):
        train(pool_id=pool.id, ended_at=datetime(2026, 1, 10, tzinfo=UTC), job_id="job_january")
    close(customer, datetime(2026, 2, 1, tzinfo=UTC))
    with tenant_scope(customer):
        train(pool_id=pool.id, ended_at=datetime(2026, 1, 31, 23, 59, tzinfo=UTC), job_id="job_late")
        train(pool_id=pool.id, ended_at=datetime(2026, 2, 3, tzinfo=UTC), job_id="job_february")
    january, february = close(customer, datetime(2026, 3, 1, tzinfo=UTC))
    with tenant_scope(customer):
        lines = [(line.subject, line.late_for) for line in february.lines.order_by("position")]
        assert lines == [("job_february", ""), ("job_late", "2026-01")]
        assert february.lines.get(subject="job_late").description.startswith("Late usage of 2026-01: ")
        for invoice in (january, february):
            assert_adds_up(invoice)


def test_a_finalized_invoice_refuses_raw_sql(customer: str, pool: Pool) -> None:
    with tenant_scope(customer):
        train(pool_id=pool.id, ended_at=datetime(2026, 1, 10, tzinfo=UTC))
    [invoice] = close(customer, datetime(2026, 2, 1, tzinfo=UTC))
    for statement in (
        "UPDATE billing_invoice SET total_micros = 0, subtotal_micros = 0",
        "UPDATE billing_invoice SET number = 'INV-000009'",
        "UPDATE billing_invoice SET finalized_at = NULL",
        "UPDATE billing_invoice SET buyer = '{}'",
        "DELETE FROM billing_invoice WHERE finalized_at IS NOT NULL",
        "UPDATE billing_invoiceline SET amount_micros = 0",
        "DELETE FROM billing_invoiceline",
        "UPDATE billing_journalentry SET body = '{}'",
        "DELETE FROM billing_journalentry",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    line = InvoiceLine.across_tenants.get(invoice=invoice)
    line.pk, line.position = None, 2
    with pytest.raises(DatabaseError), transaction.atomic():
        line.save(force_insert=True)


def test_an_invoice_made_void_while_a_refund_is_under_way_conserves_money(customer: str, pool: Pool) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with tenant_scope(customer):
        parties.set_profile(actor="tests", now=now, country="FR")
        begun = BegunTopUp(
            ChargeRequest("pay_1", 5 * UNIT, "USD"), "slow", PaymentOutcome("ref_1", fact=PaymentFact.SETTLED)
        )
        begin_top_up(begun, actor="tests", now=now)
        train(pool_id=pool.id, ended_at=now, seconds=3_600)
    [invoice] = close(customer, datetime(2026, 4, 1, tzinfo=UTC))
    with tenant_scope(customer):
        [refund] = request_refund(micros=5 * UNIT, actor="tests", now=now)
        before = most_refundable()
        corrections.void(
            invoice_id=invoice.id, reason="wrong", reissue=False, actor="tests", calendar=invoice.period_end, now=now
        )
        assert sum(balances().values()) == 0
        assert (balances()["revenue"], balances()["tax"], balances()["wallet"]) == (0, 0, 100 * UNIT)
        record_refund_notice(RefundNotice(refund.id, succeeded=False, error="account closed"), now=now)
        record_refund_notice(RefundNotice(refund.id, succeeded=False, error="account closed"), now=now)
        assert (before, most_refundable()) == (0, 5 * UNIT)
        assert (sum(balances().values()), balances()["wallet"]) == (0, 105 * UNIT)
        standing = balances()["wallet"] + balances()["held"]
        assert sum(CreditGrant.objects.values_list("remaining_micros", flat=True)) == standing
