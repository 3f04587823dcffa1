"""Where billing systems lost a cent or a month: at the first moment of a period, and at half a coin."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.billing import UNIT, assert_books_are_right, balances, credit
from tests.support.invoices import assert_adds_up, close, train
from trainyard.billing.models import MeteredUsage, Plan
from trainyard.billing.plans import operations
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

APRIL, MAY, JUNE = (datetime(2026, month, 1, tzinfo=UTC) for month in (4, 5, 6))
INSTANT = timedelta(microseconds=1)


def plan(name: str, fee: int, hours: int) -> Plan:
    return Plan.objects.create(
        name=name, currency="USD", monthly_fee_micros=fee * UNIT, included_slot_hours=hours, created_at=APRIL
    )


def choose(chosen: Plan, at: datetime) -> operations.PlanInForce:
    return operations.choose_plan(plan_id=chosen.id, actor="tests", calendar=at, now=at)


def test_a_plan_that_begins_with_the_month_is_whole_and_stands_on_that_months_invoice(in_tenant: Organization) -> None:
    credit(in_tenant.id, 100 * UNIT)
    found = choose(plan("Starter", 10, 30), MAY)
    [charged] = MeteredUsage.objects.all()
    assert (charged.amount_micros, charged.started_at, charged.ended_at) == (10 * UNIT, MAY, JUNE)
    assert found.included_slot_hours == 30.0
    months = [(invoice.month, invoice.total_micros) for invoice in close(in_tenant.id, JUNE)]
    assert months == [("2026-05", 10 * UNIT)]


def test_one_that_begins_an_instant_before_pays_the_instant_and_then_the_month(in_tenant: Organization) -> None:
    credit(in_tenant.id, 100 * UNIT)
    choose(plan("Starter", 10, 30), MAY - INSTANT)
    [charged] = MeteredUsage.objects.all()
    assert (charged.amount_micros, charged.ended_at) == (0, MAY)


def test_a_plan_changed_in_the_middle_of_its_month_includes_what_both_parts_do_and_forgets_nothing_used(
    in_tenant: Organization, pool: Pool
) -> None:
    credit(in_tenant.id, 100 * UNIT)
    choose(plan("Starter", 10, 30), APRIL)
    train(pool_id=pool.id, ended_at=APRIL + timedelta(days=9), seconds=20 * 3_600)
    found = choose(plan("Team", 40, 90), APRIL + timedelta(days=15))
    assert found.included_slot_hours == 60.0
    assert found.subscription.left_microseconds == (60 - 20) * 3_600 * UNIT


@pytest.mark.parametrize("seconds", [(1,), (49,), (50,), (51,), (150,), (50, 50, 50), (1,) * 7, (49, 51, 250)])
def test_wallet_and_invoice_agree_to_the_micro_unit_and_no_total_is_negative(
    in_tenant: Organization, pool: Pool, seconds: tuple[int, ...]
) -> None:
    """A second costs a hundredth of a cent: fifty are the half that rounding decides."""
    credit(in_tenant.id, UNIT)
    for number, length in enumerate(seconds):
        train(pool_id=pool.id, ended_at=APRIL + timedelta(days=3), seconds=length, job_id=f"job_{number}")
    [invoice] = close(in_tenant.id, MAY)
    assert_adds_up(invoice)
    assert min(invoice.total_micros, *(line.amount_micros for line in invoice.lines.all())) >= 0
    assert UNIT - balances()["wallet"] == invoice.total_micros
    assert invoice.due_micros == 0
    with tenant_scope(in_tenant.id):
        assert_books_are_right()
