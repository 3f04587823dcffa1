"""Holds, usage, releases, credits and prices, one operation at a time."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from structlog.testing import capture_logs

from tests.support.billing import NOW, SECOND, UNIT, assert_books_are_right, balances, credit, keep, moment
from tests.support.database_role import as_owner
from tests.support.platform import START
from trainyard.billing import holds, queries
from trainyard.billing.holds import HoldOpen
from trainyard.billing.ledger import InsufficientFunds, Unbalanced, book, lock_books
from trainyard.billing.models import LedgerAccount, LedgerTransaction, UsageRecord
from trainyard.billing.operations import NoHold, UsageGap
from trainyard.billing.pricing.operations import set_price
from trainyard.billing.queries import JobCost
from trainyard.billing.wallet.granting import grant_credit
from trainyard.core.errors import InvalidInput, NotFound
from trainyard.core.models import AuditEvent
from trainyard.core.tenancy import TenantNotSet
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

BOOKED = ("billing_price", "billing_usagerecord", "billing_ledgertransaction", "billing_ledgerentry")


@pytest.fixture
def funded(in_tenant: Organization) -> Organization:
    """An organization with 10 units in its wallet."""
    credit(in_tenant.id, 10 * UNIT)
    return in_tenant


def reserve(amount_micros: int = 5 * UNIT, job_id: str = "job_1") -> None:
    holds.reserve_funds(job_id=job_id, cap_micros=amount_micros, now=NOW)


def test_a_hold_moves_money_from_the_wallet(funded: Organization) -> None:
    reserve()
    moved = {kind: micros for kind, micros in balances().items() if micros}
    assert moved == {"wallet": 5 * UNIT, "held": 5 * UNIT, "promotions": -10 * UNIT}
    assert queries.job_cost(job_id="job_1") == JobCost(0, 5 * UNIT, 5 * UNIT, "USD")
    assert_books_are_right()


def test_holding_again_changes_nothing_and_another_amount_is_refused(funded: Organization) -> None:
    reserve()
    reserve()
    with pytest.raises(HoldOpen):
        reserve(6 * UNIT)
    assert balances()["held"] == 5 * UNIT


def test_a_hold_beyond_the_wallet_is_refused_and_leaves_nothing(funded: Organization) -> None:
    with pytest.raises(InsufficientFunds) as refusal:
        reserve(11 * UNIT)
    assert refusal.value.status == 402
    assert "11.000000 USD" in refusal.value.message
    assert "10.000000 USD" in refusal.value.message
    assert refusal.value.hint
    assert balances()["wallet"] == 10 * UNIT
    assert queries.job_cost(job_id="job_1").cap_micros == 0


def test_a_hold_of_nothing_needs_no_money(in_tenant: Organization) -> None:
    reserve(0)
    assert queries.job_cost(job_id="job_1") == JobCost(0, 0, 0, "USD")
    assert not LedgerTransaction.objects.exists()


def test_kept_usage_becomes_revenue(funded: Organization, pool: Pool) -> None:
    reserve()
    assert keep(pool_id=pool.id, begin=0, end=100 * SECOND, slots=2) == 20_000
    record = UsageRecord.objects.get()
    assert (record.seconds, record.amount_micros, record.billed_by) == (100.0, 20_000, "ckpt_1")
    assert (record.started_at, record.ended_at) == (NOW, moment(100))
    assert queries.job_cost(job_id="job_1") == JobCost(20_000, 5 * UNIT - 20_000, 5 * UNIT, "USD")
    assert_books_are_right()


def test_the_same_interval_is_billed_once(funded: Organization, pool: Pool) -> None:
    reserve()
    keep(pool_id=pool.id, begin=0, end=100 * SECOND)
    assert keep(pool_id=pool.id, begin=0, end=100 * SECOND) == 0
    assert keep(pool_id=pool.id, begin=0, end=40 * SECOND) == 0
    assert UsageRecord.objects.count() == 1


def test_an_overlapping_interval_is_billed_from_where_billing_ended(funded: Organization, pool: Pool) -> None:
    reserve()
    keep(pool_id=pool.id, begin=0, end=100 * SECOND)
    assert keep(pool_id=pool.id, begin=50 * SECOND, end=150 * SECOND) == 5_000
    assert list(UsageRecord.objects.order_by("id").values_list("from_microseconds", "to_microseconds")) == [
        (0, 100 * SECOND),
        (100 * SECOND, 150 * SECOND),
    ]


def test_a_gap_is_an_error(funded: Organization, pool: Pool) -> None:
    reserve()
    with pytest.raises(UsageGap):
        keep(pool_id=pool.id, begin=1, end=SECOND)


def test_usage_is_split_at_a_price_change(funded: Organization, pool: Pool) -> None:
    set_price(pool_id=pool.id, per_slot_second=Decimal("0.0003"), effective_from=moment(4), actor="tests", now=NOW)
    reserve()
    assert keep(pool_id=pool.id, begin=0, end=10 * SECOND) == 400 + 1_800
    amounts = UsageRecord.objects.order_by("from_microseconds").values_list("price__per_slot_second", "amount_micros")
    assert list(amounts) == [(Decimal("0.0001"), 400), (Decimal("0.0003"), 1_800)]
    assert keep(pool_id=pool.id, begin=10 * SECOND, end=11 * SECOND) == 300
    assert LedgerTransaction.objects.filter(kind="usage").count() == 2


def test_usage_beyond_the_cap_is_not_charged_and_logged(funded: Organization, pool: Pool) -> None:
    reserve(1_000)
    with capture_logs() as logs:
        assert keep(pool_id=pool.id, begin=0, end=11 * SECOND) == 1_000
    assert logs == [
        {
            "event": "hold.exceeded",
            "log_level": "warning",
            "job_id": "job_1",
            "attempt_id": "att_of_job_1",
            "unpaid_micros": 100,
        }
    ]
    assert keep(pool_id=pool.id, begin=10 * SECOND, end=12 * SECOND) == 0
    assert queries.job_cost(job_id="job_1") == JobCost(1_000, 0, 1_000, "USD")
    assert_books_are_right()


def test_usage_without_a_hold_is_refused(funded: Organization, pool: Pool) -> None:
    with pytest.raises(NoHold):
        keep(pool_id=pool.id, begin=0, end=SECOND)


def test_usage_after_a_release_is_free(funded: Organization, pool: Pool) -> None:
    reserve()
    holds.release_hold(job_id="job_1", now=NOW)
    assert keep(pool_id=pool.id, begin=0, end=SECOND) == 0
    assert balances()["wallet"] == 10 * UNIT


def test_usage_under_a_free_price_is_recorded_and_moves_nothing(funded: Organization) -> None:
    pool = Pool.objects.create(name="free", slot_kind=Pool.SlotKind.CPU, created_at=START)
    set_price(pool_id=pool.id, per_slot_second=Decimal(0), effective_from=NOW, actor="tests", now=NOW)
    reserve()
    assert keep(pool_id=pool.id, begin=0, end=SECOND) == 0
    assert UsageRecord.objects.get().amount_micros == 0
    assert keep(pool_id=pool.id, begin=0, end=SECOND) == 0


def test_a_release_gives_the_rest_back_once(funded: Organization, pool: Pool) -> None:
    reserve()
    keep(pool_id=pool.id, begin=0, end=100 * SECOND)
    assert holds.release_hold(job_id="job_1", now=NOW) == 5 * UNIT - 10_000
    assert holds.release_hold(job_id="job_1", now=NOW) == 0
    assert holds.release_hold(job_id="job_none", now=NOW) == 0
    assert balances()["wallet"] == 10 * UNIT - 10_000
    assert queries.job_cost(job_id="job_1") == JobCost(10_000, 0, 5 * UNIT, "USD")
    assert_books_are_right()


def test_a_job_that_goes_on_reserves_what_is_left_of_its_new_cap(funded: Organization, pool: Pool) -> None:
    for cap in (5 * UNIT, 6 * UNIT, 6 * UNIT):
        reserve(cap)
        billed = queries.job_cost(job_id="job_1").billed_micros
        assert queries.job_cost(job_id="job_1") == JobCost(billed, cap - billed, cap, "USD")
        until = billed * 10_000 + 100 * SECOND // 100  # 100 micro-units for each second
        keep(pool_id=pool.id, begin=billed * 10_000, end=until)
        holds.release_hold(job_id="job_1", now=NOW)
        assert_books_are_right()


def test_a_repeated_credit_with_one_key_is_booked_once(in_tenant: Organization) -> None:
    grants = [
        grant_credit(
            organization_id=in_tenant.id,
            amount_micros=UNIT,
            kind="payment",
            actor="tests",
            now=NOW,
            dedupe_key="payment-1",
        )
        for _ in range(2)
    ]
    assert grants[0].id == grants[1].id
    assert queries.wallet().available_micros == UNIT
    assert AuditEvent.objects.filter(action="credit.grant", organization_id=in_tenant.id).count() == 1


def test_credit_wants_an_organization_and_a_positive_amount(in_tenant: Organization) -> None:
    with pytest.raises(NotFound):
        credit("org_none", UNIT)
    with pytest.raises(InvalidInput):
        credit(in_tenant.id, 0)


def test_books_that_do_not_balance_are_refused(in_tenant: Organization) -> None:
    accounts = LedgerAccount.Kind
    for amounts in ({accounts.WALLET: 1}, {}, {accounts.WALLET: 0, accounts.HELD: 0}):
        with pytest.raises(Unbalanced):
            book(
                lock_books(),
                kind=LedgerTransaction.Kind.CREDIT,
                dedupe_key="x",
                amounts=amounts,
                description="",
                now=NOW,
            )


def test_money_needs_a_tenant(db: None) -> None:
    with pytest.raises(TenantNotSet):
        reserve()


@pytest.mark.parametrize("table", BOOKED)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_booked_cannot_be_changed(funded: Organization, pool: Pool, table: str, change: str) -> None:
    reserve()
    keep(pool_id=pool.id, begin=0, end=SECOND)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        as_owner(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(table))


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE: it empties by DELETE")
@pytest.mark.parametrize("table", [*BOOKED, "core_auditevent", "jobs_event"])
def test_what_was_booked_cannot_be_emptied(db: None, table: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        as_owner(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")
