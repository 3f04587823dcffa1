"""Whatever customers, workers, clocks and lost answers do in whatever order, jobs keep their promises."""

from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.billing import assert_books_are_right
from tests.support.jobs import STEPS, Bench, Run, fund, make_version, make_worker
from tests.support.platform import START as BEGINNING
from trainyard.billing.ledger import InsufficientFunds
from trainyard.billing.models import Hold, UsageRecord
from trainyard.core.errors import Conflict
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs import checkpoints, leases
from trainyard.jobs.models import Attempt, Checkpoint, Event, Job
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization
from trainyard_spec.states import (
    HELD_BY_A_WORKER,
    LIVE_ATTEMPT_STATES,
    TERMINAL_STATES,
    TRANSITIONS,
    AttemptState,
    JobState,
)
from trainyard_spec.worker_protocol import CancelledOutcome

MOST_JOBS = 2
CAPS = ["0.001000", "0.004000", "3.000000"]

picks = st.integers(min_value=0, max_value=3)  # counted from the newest: what just began is most worth a word


class JobMachine(RuleBasedStateMachine):
    """``runs`` are all attempts there ever were; most of them are stale and try to write all the same."""

    bench: Bench

    @initialize()
    def set_up(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        organization = Organization.objects.create(name="Machine", created_at=BEGINNING)
        fund(organization, 8)
        pool = Pool.objects.get(name="default")
        self.bench = Bench(organization, pool, make_worker(pool).worker, make_version(organization))
        self.other_worker = make_worker(pool, name="other").worker
        self.runs: list[Run] = []
        self.fences: dict[str, int] = {}
        self.ended: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(cap=st.sampled_from(CAPS), priority=st.integers(-1, 1))
    @precondition(lambda self: Job.across_tenants.count() < MOST_JOBS)
    def submit(self, cap: str, priority: int) -> None:
        self.try_to(lambda: self.bench.submit(limits={"max_cost": cap}, priority=priority))

    @rule(other=st.booleans(), start=st.integers(0, 3))
    def claim(self, other: bool, start: int) -> None:
        run = self.bench.claim(self.other_worker if other else None)
        if run is not None:
            self.runs.append(run.start() if start else run)

    @rule(pick=picks)
    @precondition(lambda self: self.runs)
    def start(self, pick: int) -> None:
        self.speak(pick, lambda run: run.start())

    @rule(pick=picks, seconds=st.floats(0, 30), claimed=st.floats(0, 100), step=st.integers(1, STEPS))
    @precondition(lambda self: self.runs)
    def train(self, pick: int, seconds: float, claimed: float, step: int) -> None:
        self.bench.pass_time(seconds)
        self.speak(pick, lambda run: run.report(run.progress(step=step, trained_seconds=claimed)))

    @rule(pick=picks, step=st.integers(1, STEPS), claimed=st.floats(0, 100))
    @precondition(lambda self: self.runs)
    def checkpoint(self, pick: int, step: int, claimed: float) -> None:
        self.speak(pick, lambda run: run.checkpoint(step, seconds=claimed))

    @rule(pick=picks)
    @precondition(lambda self: self.runs)
    def repeat_the_last_report(self, pick: int) -> None:
        run = self.runs[-1 - pick % len(self.runs)]
        if run.sequence:
            self.unchanged(run, lambda run: run.repeat_report(run.progress(step=1, trained_seconds=1)))

    @rule(pick=picks, claimed=st.floats(0, 100))
    @precondition(lambda self: self.runs)
    def succeed(self, pick: int, claimed: float) -> None:
        self.speak(pick, lambda run: run.succeed(seconds=claimed))

    @rule(pick=picks, how=st.sampled_from(["stopped", "cancelled", "user", "infrastructure", "storage", "hang"]))
    @precondition(lambda self: self.runs)
    def finish(self, pick: int, how: str) -> None:
        ends = {"stopped": lambda run: run.finish(), "cancelled": lambda run: run.finish(CancelledOutcome())}
        self.speak(pick, ends.get(how, lambda run: run.fail(how)))

    @rule(pick=picks)
    @precondition(lambda self: self.runs)
    def heartbeat(self, pick: int) -> None:
        self.runs[-1 - pick % len(self.runs)].heartbeat()

    @rule(seconds=st.floats(0, 90))
    def pass_time_and_expire(self, seconds: float) -> None:
        self.bench.pass_time(seconds)
        leases.expire(now=self.bench.now)

    @rule(pick=picks, act=st.sampled_from(["cancel", "pause", "resume"]))
    @precondition(lambda self: Job.across_tenants.exists())
    def steer(self, pick: int, act: str) -> None:
        jobs = list(Job.across_tenants.order_by("id"))
        self.try_to(lambda: getattr(self.bench, act)(jobs[pick % len(jobs)]))

    @rule()
    def prune(self) -> None:
        checkpoints.prune(now=self.bench.now)

    def speak(self, pick: int, say: Any) -> None:
        """One of the attempts says something; one that is not alive any more is refused and changes nothing."""
        run = self.runs[-1 - pick % len(self.runs)]
        if run.attempt.state in LIVE_ATTEMPT_STATES:
            sequence = run.sequence
            if not self.try_to(lambda: say(run)):
                run.sequence = sequence
        else:
            self.unchanged(run, say)

    def unchanged(self, run: Run, say: Any) -> None:
        before = self.everything(run)
        self.try_to(lambda: say(run))
        assert self.everything(run) == before

    def try_to(self, act: Any) -> bool:
        try:
            with transaction.atomic():
                act()
        except (Conflict, InsufficientFunds):
            return False
        return True

    @staticmethod
    def everything(run: Run) -> list[Any]:
        lease = {"lease_expires_at": None}
        return [
            Job.across_tenants.values().get(id=run.claim.job_id),
            [row | lease for row in Attempt.across_tenants.filter(job_id=run.claim.job_id).order_by("id").values()],
            list(UsageRecord.across_tenants.values_list("id", flat=True)),
            list(Event.across_tenants.values_list("id", flat=True)),
            list(Checkpoint.across_tenants.values_list("id", flat=True)),
        ]

    @invariant()
    def fences_only_grow_and_ends_are_final(self) -> None:
        for job in Job.across_tenants.all():
            assert job.fence >= self.fences.get(job.id, 0)
            self.fences[job.id] = job.fence
            if job.id in self.ended:
                assert Job.across_tenants.values().get(id=job.id) == self.ended[job.id]
            elif job.state in TERMINAL_STATES:
                self.ended[job.id] = Job.across_tenants.values().get(id=job.id)

    @invariant()
    def a_job_is_held_by_a_worker_exactly_when_one_attempt_lives(self) -> None:
        for job in Job.across_tenants.all():
            attempts = Attempt.across_tenants.filter(job=job)
            live = attempts.filter(state__in=LIVE_ATTEMPT_STATES)
            assert live.count() == (1 if job.state in HELD_BY_A_WORKER else 0)
            assert all(attempt.fence == job.fence for attempt in live)
            assert attempts.filter(state=AttemptState.SUCCEEDED).count() == (job.state == JobState.SUCCEEDED)

    @invariant()
    def the_history_tells_the_state(self) -> None:
        for job in Job.across_tenants.all():
            events = list(Event.across_tenants.filter(job=job).order_by("sequence"))
            assert [event.sequence for event in events] == list(range(1, job.events_count + 1))
            moves = [event for event in events if event.to_state]
            assert moves[-1].to_state == job.state
            for earlier, later in pairwise(moves):
                assert later.from_state == earlier.to_state
                assert later.to_state in TRANSITIONS[JobState(later.from_state)]

    @invariant()
    def no_second_is_billed_twice_and_no_cap_is_passed(self) -> None:
        for job in Job.across_tenants.all():
            records = UsageRecord.across_tenants.filter(job_id=job.id).order_by("fence", "from_microseconds")
            for earlier, later in pairwise(records):
                assert earlier.ended_at <= later.started_at
            assert sum(record.amount_micros for record in records) <= job.cap_micros
            for attempt in Attempt.across_tenants.filter(job=job):
                billed = [record for record in records if record.attempt_id == attempt.id]
                assert (billed[-1].to_microseconds if billed else 0) == attempt.kept_microseconds

    @invariant()
    def the_books_are_right_and_only_what_may_still_run_is_reserved(self) -> None:
        with tenant_scope(self.bench.organization.id):
            assert_books_are_right()
            open_holds = set(Hold.objects.filter(released_at=None).values_list("job_id", flat=True))
        unfinished = set(
            Job.across_tenants.exclude(state__in=[*TERMINAL_STATES, JobState.PAUSED]).values_list("id", flat=True)
        )
        assert open_holds == unfinished


@pytest.mark.usefixtures("pool")
def test_jobs_keep_their_promises() -> None:
    run_state_machine_as_test(
        JobMachine,
        settings=settings(
            max_examples=20, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
