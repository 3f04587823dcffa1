"""Operations on one wallet from several connections at the same time."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from tests.support.billing import NOW, SECOND, UNIT, assert_books_are_right, balances, credit, keep
from tests.support.platform import START
from tests.support.transactional import at_once
from trainyard.billing import holds, queries
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import LedgerTransaction, Price, UsageRecord
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization


@pytest.fixture
def tenant(committed_db: None) -> str:
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    return organization.id


@pytest.fixture
def pool_id(committed_db: None) -> str:
    pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=START)
    Price.objects.create(
        pool=pool, per_slot_second=Decimal("0.0001"), currency="USD", effective_from=START, created_at=START
    )
    return pool.id


def within(tenant: str, call: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with tenant_scope(tenant):
            return call()

    return run


def hold(job_id: str, amount_micros: int) -> None:
    holds.reserve_funds(job_id=job_id, cap_micros=amount_micros, now=datetime.now(UTC))


def test_two_holds_never_reserve_the_same_money(tenant: str) -> None:
    credit(tenant, 10 * UNIT)
    outcomes = at_once([within(tenant, partial(hold, f"job_{n}", 6 * UNIT)) for n in range(2)])
    assert {type(outcome) for outcome in outcomes} == {InsufficientFunds, type(None)}
    with tenant_scope(tenant):
        assert balances()["held"] == 6 * UNIT
        assert_books_are_right()


def test_the_first_movements_of_an_organization_may_come_together(tenant: str) -> None:
    assert at_once([partial(credit, tenant, UNIT)] * 4) == [None] * 4
    with tenant_scope(tenant):
        assert queries.wallet().available_micros == 4 * UNIT
        assert_books_are_right()


def test_one_hold_asked_for_from_two_sides_is_made_once(tenant: str) -> None:
    credit(tenant, 10 * UNIT)
    assert at_once([within(tenant, partial(hold, "job_1", 4 * UNIT))] * 3) == [None] * 3
    with tenant_scope(tenant):
        assert balances()["held"] == 4 * UNIT


def test_usage_reported_twice_at_once_is_billed_once(tenant: str, pool_id: str) -> None:
    credit(tenant, 10 * UNIT)
    with tenant_scope(tenant):
        hold("job_1", UNIT)
    report = within(tenant, partial(keep, pool_id=pool_id, begin=0, end=100 * SECOND))
    assert sorted(at_once([report] * 3)) == [0, 0, 10_000]
    with tenant_scope(tenant):
        assert UsageRecord.objects.count() == 1
        assert_books_are_right()


def test_operations_that_cross_each_other_all_finish(tenant: str, pool_id: str) -> None:
    """Each touches wallet and held in another order: without one order of locks they would deadlock."""
    credit(tenant, 100 * UNIT)
    jobs = [f"job_{n}" for n in range(3)]
    with tenant_scope(tenant):
        for job_id in jobs:
            hold(job_id, UNIT)

    @transaction.atomic
    def finish(job_id: str) -> None:
        keep(pool_id=pool_id, job_id=job_id, begin=0, end=SECOND)
        holds.release_hold(job_id=job_id, now=NOW)

    calls = [within(tenant, partial(finish, job_id)) for job_id in jobs]
    calls += [within(tenant, partial(hold, f"job_new_{n}", UNIT)) for n in range(2)]
    calls += [partial(credit, tenant, UNIT)]
    assert at_once(calls) == [None] * len(calls)
    with tenant_scope(tenant):
        assert queries.wallet().available_micros == 99 * UNIT - 3 * 100
        assert LedgerTransaction.objects.filter(kind="release").count() == 3
        assert_books_are_right()
