"""Fifty spenders at once: what was charged and what is held never pass a budget or a wallet, by not a micro-unit."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.support.billing import NOW, UNIT, assert_books_are_right, balances, credit
from tests.support.platform import START
from tests.support.spenders import spend_in_processes, spend_in_threads
from trainyard.billing.budgets.operations import create_budget
from trainyard.billing.budgets.spending import spent_micros
from trainyard.billing.models import Price
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

SPENDERS = 50
LEFT = 33_333
"""What there is for them in all, by the wallet or by a budget: less than they want together."""


@pytest.mark.parametrize(
    ("money", "budget", "refused"),
    [(LEFT, None, "insufficient_funds"), (UNIT, LEFT, "budget_reached")],
    ids=["wallet", "budget"],
)
@pytest.mark.parametrize(
    "spend", [spend_in_threads, partial(spend_in_processes, processes=5)], ids=["threads", "processes"]
)
def test_spenders_stop_at_the_last_micro_unit(
    committed_db: None, spend: Callable[..., list[int | str]], money: int, budget: int | None, refused: str
) -> None:
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=START)
    Price.objects.create(pool=pool, per_slot_second="0.0001", currency="USD", effective_from=START, created_at=START)
    with tenant_scope(organization.id):
        credit(organization.id, money)
        if budget is not None:
            create_budget(name="All", amount_micros=budget, alert_percents=[], is_hard=True, actor="tests", now=NOW)
    told = spend(range(SPENDERS), organization_id=organization.id, pool_id=pool.id)
    assert len(told) == SPENDERS
    assert {each for each in told if isinstance(each, str)} <= {refused}
    with tenant_scope(organization.id):
        assert sum(each for each in told if isinstance(each, int)) == spent_micros(now=NOW) == LEFT
        assert (balances()["held"], balances()["wallet"]) == (0, money - LEFT)
        assert_books_are_right()
