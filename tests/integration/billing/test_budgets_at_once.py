"""Fifty spenders at once: what was charged and what is held never pass a budget or a wallet, by not a micro-unit."""

from functools import partial

import pytest

from tests.support.billing import NOW, SECOND, UNIT, assert_books_are_right, balances, credit, keep
from tests.support.platform import START
from tests.support.transactional import at_once
from trainyard.billing import holds
from trainyard.billing.budgets.operations import create_budget
from trainyard.billing.budgets.spending import spent_micros
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import Price
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

SPENDERS = 50
EACH = 1_000


@pytest.mark.parametrize(("money", "budget"), [(33_333, None), (UNIT, 33_333)])
def test_spenders_stop_at_the_last_micro_unit(committed_db: None, money: int, budget: int | None) -> None:
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=START)
    Price.objects.create(pool=pool, per_slot_second="0.0001", currency="USD", effective_from=START, created_at=START)

    def spend(number: int) -> int:
        job_id = f"job_{number}"
        holds.reserve_funds(
            job_id=job_id, cap_micros=EACH, reserve_micros=EACH // 2, backed_micros=0, least_micros=1, now=NOW
        )
        charged = keep(pool_id=pool.id, job_id=job_id, attempt_id=f"att_{number}", begin=0, end=30 * SECOND)
        holds.release_hold(job_id=job_id, now=NOW)
        return charged

    with tenant_scope(organization.id):
        credit(organization.id, money)
        if budget is not None:
            create_budget(name="All", amount_micros=budget, alert_percents=[], is_hard=True, actor="tests", now=NOW)
        results = at_once([partial(spend, number) for number in range(SPENDERS)])
        refused = [each for each in results if isinstance(each, Exception)]
        assert all(isinstance(each, InsufficientFunds) for each in refused), refused
        assert sum(each for each in results if isinstance(each, int)) == spent_micros(now=NOW) == 33_333
        assert (balances()["held"], balances()["wallet"]) == (0, money - 33_333)
        assert_books_are_right()
