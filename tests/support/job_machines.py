"""What state machines over jobs share: a bench in a transaction that is rolled back, and customers who steer."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.support.jobs import Bench, fund, make_version, make_worker
from tests.support.platform import START as BEGINNING
from trainyard.billing.ledger import InsufficientFunds
from trainyard.core.errors import Conflict
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

MOST_JOBS = 2

picks = st.integers(min_value=0, max_value=3)  # counted from the newest: what just began is most worth a word


class BenchMachine(RuleBasedStateMachine):
    """A tenant with ``credit`` units and at most ``MOST_JOBS`` jobs. ``refusals`` are answers, not faults."""

    credit = 1
    refusals: tuple[type[Exception], ...] = (Conflict, InsufficientFunds)
    bench: Bench

    @initialize()
    def open_bench(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        organization = Organization.objects.create(name="Machine", created_at=BEGINNING)
        fund(organization, self.credit)
        pool = Pool.objects.get(name="default")
        self.bench = Bench(organization, pool, make_worker(pool).worker, make_version(organization))
        self.begin()

    def begin(self) -> None:
        """Makes what a machine remembers of its own."""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(pick=picks, act=st.sampled_from(["cancel", "pause", "resume"]))
    @precondition(lambda self: Job.across_tenants.exists())
    def steer(self, pick: int, act: str) -> None:
        self.try_to(lambda: getattr(self.bench, act)(self.job(pick)))

    def job(self, pick: int) -> Job:
        jobs = list(Job.across_tenants.order_by("id"))
        return jobs[pick % len(jobs)]

    def may_submit(self) -> bool:
        return Job.across_tenants.count() < MOST_JOBS

    def try_to(self, act: Callable[[], Any]) -> bool:
        """Whether ``act`` was done, and not refused."""
        try:
            with transaction.atomic():
                act()
        except self.refusals:
            return False
        return True


def walk(machine: type[BenchMachine], *, walks: int, steps: int) -> None:
    """Takes random walks through ``machine``."""
    unhurried = settings(
        max_examples=walks, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=unhurried)
