"""Whatever happens to an organization's money in whatever order, the books stay right."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.billing import NOW, SECOND, assert_books_are_right, balances, credit, keep, moment
from tests.support.fault_scale import times
from tests.support.platform import START
from trainyard.billing import holds, queries
from trainyard.billing.holds import HoldOpen
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import Hold, LedgerEntry, LedgerTransaction, UsageRecord
from trainyard.billing.operations import NoHold
from trainyard.billing.pricing.operations import set_price
from trainyard.core.money import usage_cost
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

EXAMPLES = times(quick=20, full=1_000)
SLOTS = 3
PRICES = {0.0: Decimal("0.0001"), 7.5: Decimal("0.000000333"), 20.0: Decimal("0.000012345")}
JOBS = st.sampled_from(["a", "b"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("credit"), st.integers(1, 5_000)),
        st.tuples(st.just("hold"), JOBS, st.integers(0, 4_000)),
        st.tuples(st.just("keep"), JOBS, st.integers(1, 9 * SECOND)),
        st.tuples(st.just("keep_again"), JOBS),
        st.tuples(st.just("release"), JOBS),
    ),
    max_size=12,
)


@dataclass
class World:
    """An organization of its own for each example, and how far each job's attempt has trained."""

    tenant: str
    pool_id: str
    trained: dict[str, int] = field(default_factory=dict)

    def job(self, name: str) -> str:
        return f"job_{name}_{self.tenant[-20:]}"

    def credit(self, amount_micros: int) -> None:
        credit(self.tenant, amount_micros)

    def hold(self, name: str, amount_micros: int) -> None:
        billed = queries.job_cost(job_id=self.job(name)).billed_micros
        holds.reserve_funds(job_id=self.job(name), cap_micros=billed + amount_micros, now=NOW)

    def keep(self, name: str, microseconds: int) -> None:
        end = self.trained.get(name, 0) + microseconds
        self._keep(name, self.billed(name), end)
        self.trained[name] = end
        if self.billed(name) < end:  # as far as was paid for; the rest waits
            assert Hold.objects.get(job_id=self.job(name)).left_micros == 0

    def keep_again(self, name: str) -> None:
        before = _state()
        if self.billed(name):
            assert self._keep(name, 0, self.billed(name)) == 0
        assert _state() == before

    def billed(self, name: str) -> int:
        """To which microsecond of its training the job is billed."""
        ends = UsageRecord.objects.filter(job_id=self.job(name)).values_list("to_microseconds", flat=True)
        return max(ends, default=0)

    def release(self, name: str) -> None:
        holds.release_hold(job_id=self.job(name), now=NOW)
        before = _state()
        assert holds.release_hold(job_id=self.job(name), now=NOW) == 0
        assert _state() == before

    def _keep(self, name: str, begin: int, end: int) -> int:
        attempt = f"att_{name}_{self.tenant[-20:]}"
        return keep(pool_id=self.pool_id, job_id=self.job(name), attempt_id=attempt, begin=begin, end=end, slots=SLOTS)


def _state() -> tuple[dict[str, int], int, int]:
    return balances(), LedgerTransaction.objects.count(), UsageRecord.objects.count()


@pytest.fixture
def priced_pool(db: None) -> str:
    pool = Pool.objects.create(name="priced", slot_kind=Pool.SlotKind.CPU, created_at=START)
    for seconds, price in PRICES.items():
        set_price(pool_id=pool.id, per_slot_second=price, effective_from=moment(seconds), actor="tests", now=NOW)
    return pool.id


# Each example has an organization of its own, so that it does not matter that they share the test's transaction.
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_books_stay_right(priced_pool: str, steps: list[tuple[object, ...]]) -> None:
    organization = Organization.objects.create(name="Any", created_at=START)
    world = World(organization.id, priced_pool)
    with tenant_scope(organization.id):
        for name, *arguments in steps:
            before = _state()
            try:
                getattr(world, str(name))(*arguments)
            except (InsufficientFunds, HoldOpen, NoHold):
                assert _state() == before  # a refusal leaves nothing behind
            assert_books_are_right()
        _assert_usage_is_right(world)
    assert sum(LedgerEntry.objects.values_list("amount_micros", flat=True)) == 0


def _assert_usage_is_right(world: World) -> None:
    for name, trained in world.trained.items():
        records = list(UsageRecord.objects.filter(job_id=world.job(name)).order_by("from_microseconds"))
        edges = [0, *(record.to_microseconds for record in records)]
        assert [record.from_microseconds for record in records] == edges[:-1]
        assert edges[-1] <= trained
        charged = sum(record.amount_micros for record in records)
        assert charged == queries.job_cost(job_id=world.job(name)).billed_micros


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(1, 9 * SECOND), min_size=1, max_size=8))
def test_a_line_costs_its_time_rounded_once(priced_pool: str, lengths: list[int]) -> None:
    organization = Organization.objects.create(name="Any", created_at=START)
    world = World(organization.id, priced_pool)
    with tenant_scope(organization.id):
        world.credit(10**9)
        world.hold("a", 10**9)
        for microseconds in lengths:
            world.keep("a", microseconds)
        records = UsageRecord.objects.select_related("price")
        for price in {record.price for record in records}:
            line = [record for record in records if record.price == price]
            time = sum(record.to_microseconds - record.from_microseconds for record in line)
            assert sum(record.amount_micros for record in line) == usage_cost(
                microseconds=time, slots=SLOTS, price_per_slot_second=price.per_slot_second
            )
