"""Whatever becomes of jobs, no more is paid than their caps, and hardly less than what their results are worth."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.support.fault_scale import time_limit, times
from tests.support.job_machines import BenchMachine, picks, walk
from tests.support.jobs import STEPS, Run, started
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import Hold
from trainyard.billing.pricing.operations import set_price
from trainyard.core.errors import Conflict, TrainyardError
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.models import Job
from trainyard.jobs.reconcile import invariant_checks
from trainyard_spec.states import LIVE_ATTEMPT_STATES, DesiredState
from trainyard_spec.training import STRETCH_SECONDS
from trainyard_spec.worker_protocol import CancelledOutcome

CAPS = ["0.000001", "0.000500", "0.001500", "0.010000", None]
RUNTIMES = [1, 8, 40, 1_000]
PRICES = ["0.0001", "0.0003", "0.000000333", "0.00005"]
BEAT_SECONDS = 4.0
"""How long a worker that is alive is silent: with the margin that jobs are stopped at, less than a stretch."""
WALKS = times(quick=6, full=100)


@dataclass
class Worth:
    """What a job's results cost at the prices of their time, in micro-units: known (kept or seen for good) and at
    stake (reported, but lost if the platform loses it)."""

    known: float = 0.0
    at_stake: float = 0.0
    dearest: float = 0.0


class MoneyMachine(BenchMachine):
    refusals = (Conflict, InsufficientFunds, TrainyardError)

    def begin(self) -> None:
        self.run_: Run | None = None
        self.worths: dict[str, Worth] = {}
        self.price = 100.0
        self.trained, self.overstated, self.stepped = 0.0, 0.0, 0.0

    @rule(cap=st.sampled_from(CAPS), runtime=st.sampled_from(RUNTIMES))
    @precondition(BenchMachine.may_submit)
    def submit(self, cap: str | None, runtime: int) -> None:
        limits = {"max_cost": cap, "max_runtime_seconds": runtime}
        self.try_to(lambda: self.bench.submit(limits=limits))

    @rule(download=st.floats(0, 20), late=st.floats(0, BEAT_SECONDS))
    @precondition(lambda self: self.run_ is None)
    def claim(self, download: float, late: float) -> None:
        """The start is heard some seconds after it was, in which the worker trained."""
        self.run_ = run = self.bench.claim()
        if run is None:
            return
        worth = self.worths.setdefault(run.claim.job_id, Worth())
        self.bench.pass_time(download + late)
        run.report(started(run.claim.resume.step if run.claim.resume else 0, after=download))
        worth.at_stake += late * self.price
        worth.dearest = max(worth.dearest, self.price)
        self.trained, self.overstated = late, 0.0

    @rule(seconds=st.floats(0.1, BEAT_SECONDS), step=st.integers(1, STEPS))
    @precondition(lambda self: self.run_ is not None)
    def train(self, seconds: float, step: int) -> None:
        """A worker that lives does what the reply wants of it within a beat."""
        run = self.run_
        assert run is not None
        wanted = self.train_for(run, seconds, step)
        if wanted == DesiredState.STOP_WITH_CHECKPOINT:
            self.keep(run, step)
            run.finish()
            self.run_ = None
        elif wanted == DesiredState.CANCEL:
            run.finish(CancelledOutcome())
            self.let_go(run, seen=True)

    @rule(step=st.integers(1, STEPS))
    @precondition(lambda self: self.run_ is not None)
    def checkpoint(self, step: int) -> None:
        assert self.run_ is not None
        self.keep(self.run_, step)

    @rule()
    @precondition(lambda self: self.run_ is not None)
    def succeed(self) -> None:
        assert self.run_ is not None
        self.run_.succeed(seconds=self.told)
        self.let_go(self.run_, seen=True)

    @rule(fault=st.sampled_from(["user", "infrastructure", "storage", "hang"]))
    @precondition(lambda self: self.run_ is not None)
    def fail(self, fault: str) -> None:
        assert self.run_ is not None
        self.run_.fail(fault)
        self.let_go(self.run_, seen=fault == "user" or self.run_.job.state == "cancelled")

    @rule()
    @precondition(lambda self: self.run_ is not None)
    def lose(self) -> None:
        assert self.run_ is not None
        self.bench.pass_time(61)
        leases.expire_leases(now=self.bench.now)
        self.let_go(self.run_, seen=self.run_.job.state == "cancelled")

    @rule(seconds=st.floats(-3, 20))
    def the_platforms_clock_steps(self, seconds: float) -> None:
        self.bench.pass_time(seconds)
        self.stepped += abs(seconds)

    @rule(seconds=st.sampled_from([1.0, 60.0, 1e6]))
    @precondition(lambda self: self.run_ is not None)
    def the_workers_clock_steps(self, seconds: float) -> None:
        self.overstated += seconds

    @rule(seconds=st.floats(0, 400))
    @precondition(lambda self: self.run_ is None)
    def pass_time(self, seconds: float) -> None:
        self.bench.pass_time(seconds)

    @rule(pick=picks, more=st.sampled_from([1, 100, 600, 3_000]), seconds=st.sampled_from([0, 1, 10, 100]))
    @precondition(lambda self: Job.across_tenants.exists())
    def resume_with_more(self, pick: int, more: int, seconds: int) -> None:
        job = self.job(pick)
        longest = job.spec["limits"]["max_runtime_seconds"] + seconds
        cap = job.cap_micros + more
        self.try_to(lambda: self.bench.resume(job, max_cost_micros=cap, max_runtime_seconds=longest))

    @rule(price=st.sampled_from(PRICES))
    def change_the_price(self, price: str) -> None:
        self.bench.pass_time(0.001)
        set_price(
            pool_id=self.bench.pool.id,
            per_slot_second=Decimal(price),
            effective_from=self.bench.now,
            actor="tests",
            now=self.bench.now,
        )
        self.price = float(price) * 1e6
        if self.run_ is not None:
            self.train_for(self.run_, 0.001, 1)

    def train_for(self, run: Run, seconds: float, step: int) -> DesiredState:
        worth = self.worths[run.claim.job_id]
        worth.at_stake += seconds * self.price
        worth.dearest = max(worth.dearest, self.price)
        self.trained += seconds
        return run.train(seconds, step=step, total=self.told)

    @property
    def told(self) -> float:
        """The training time that the worker states."""
        return self.trained + self.overstated

    def keep(self, run: Run, step: int) -> None:
        run.checkpoint(step, seconds=self.told)
        worth = self.worths[run.claim.job_id]
        worth.known, worth.at_stake = worth.known + worth.at_stake, 0.0

    def let_go(self, run: Run, *, seen: bool) -> None:
        worth = self.worths[run.claim.job_id]
        worth.known, worth.at_stake = worth.known + worth.at_stake * seen, 0.0
        self.run_ = None

    @invariant()
    def no_more_is_paid_than_the_cap_and_hardly_less_than_the_worth(self) -> None:
        for hold in Hold.across_tenants.all():
            assert hold.posted_micros + hold.left_micros <= hold.cap_micros
            assert hold.cap_micros == Job.across_tenants.get(id=hold.job_id).cap_micros
            worth = self.worths.get(hold.job_id, Worth())
            # Time that never was, and prices that ruled in it: no more is at stake than the platform's clock stepped.
            unsure = self.stepped * max(float(price) for price in PRICES) * 1e6 + 50
            assert hold.posted_micros <= worth.known + unsure
            assert worth.known - hold.posted_micros < STRETCH_SECONDS * worth.dearest + unsure

    @invariant()
    def the_history_holds_together(self) -> None:
        assert invariant_checks.check().findings == []
        if self.run_ is not None:
            assert self.run_.attempt.state in LIVE_ATTEMPT_STATES


@time_limit(quick=600, full=7_200)
@pytest.mark.usefixtures("pool")
def test_results_are_paid_for() -> None:
    walk(MoneyMachine, walks=WALKS, steps=30)
