"""Whatever customers, workers, clocks and lost answers do in whatever order, jobs keep their promises."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.support.billing import assert_books_are_right
from tests.support.fault_scale import time_limit, times
from tests.support.job_machines import BenchMachine, picks, walk
from tests.support.jobs import STEPS, Run, make_worker
from trainyard.billing.models import Hold, UsageRecord
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.lifecycle.attempts import is_late
from trainyard.jobs.models import Attempt, Checkpoint, Event, Job
from trainyard.jobs.reporting import checkpoints
from trainyard_spec.states import (
    HELD_BY_A_WORKER,
    LIVE_ATTEMPT_STATES,
    TERMINAL_STATES,
    TRANSITIONS,
    AttemptState,
    JobState,
)
from trainyard_spec.worker_protocol import CancelledOutcome

CAPS = ["0.001000", "0.004000", "3.000000"]
WALKS = times(quick=8, full=100)


@dataclass(frozen=True)
class Seen:
    """A job and all that belongs to it, in the order in which it came to be."""

    job: Job
    attempts: list[Attempt]
    events: list[Event]
    records: list[UsageRecord]


def all_seen() -> list[Seen]:
    attempts = list(Attempt.across_tenants.order_by("fence"))
    events = list(Event.across_tenants.order_by("sequence"))
    records = list(UsageRecord.across_tenants.order_by("fence", "from_microseconds"))
    return [
        Seen(job, *([row for row in rows if row.job_id == job.id] for rows in (attempts, events, records)))
        for job in Job.across_tenants.all()
    ]


class JobMachine(BenchMachine):
    """``runs`` are all attempts there ever were; most of them are stale and try to write all the same."""

    credit = 8

    def begin(self) -> None:
        self.other_worker = make_worker(self.bench.pool, name="other").worker
        self.runs: list[Run] = []
        self.fences: dict[str, int] = {}
        self.ended: dict[str, dict[str, Any]] = {}

    @rule(cap=st.sampled_from(CAPS), priority=st.integers(-1, 1))
    @precondition(BenchMachine.may_submit)
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
        run = self.run_(pick)
        if is_late(run.attempt, run.job):  # what a lost worker left is of use until its job goes on
            self.try_to(lambda: run.checkpoint(step, seconds=claimed))
        else:
            self.speak(pick, lambda run: run.checkpoint(step, seconds=claimed))

    @rule(pick=picks)
    @precondition(lambda self: self.runs)
    def repeat_the_last_report(self, pick: int) -> None:
        run = self.run_(pick)
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
        self.run_(pick).heartbeat()

    @rule(seconds=st.floats(0, 90))
    def pass_time_and_expire(self, seconds: float) -> None:
        self.bench.pass_time(seconds)
        leases.expire_leases(now=self.bench.now)

    @rule()
    def prune(self) -> None:
        checkpoints.prune(now=self.bench.now)

    def run_(self, pick: int) -> Run:
        return self.runs[-1 - pick % len(self.runs)]

    def speak(self, pick: int, say: Any) -> None:
        """One of the attempts says something; one that is not alive any more is refused and changes nothing."""
        run = self.run_(pick)
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
    def every_promise_is_kept(self) -> None:
        seen = all_seen()
        for each in seen:
            self.assert_fences_only_grow_and_ends_are_final(each.job)
            assert_a_worker_holds_it_exactly_when_one_attempt_lives(each)
            assert_the_history_tells_the_state(each)
            assert_no_second_is_billed_twice_and_no_cap_is_passed(each)
        self.assert_the_books_are_right_and_only_what_may_still_run_is_reserved(seen)

    def assert_fences_only_grow_and_ends_are_final(self, job: Job) -> None:
        assert job.fence >= self.fences.get(job.id, 0)
        self.fences[job.id] = job.fence
        if job.state in TERMINAL_STATES or job.id in self.ended:
            now = {field.attname: getattr(job, field.attname) for field in Job._meta.concrete_fields}
            assert now == self.ended.setdefault(job.id, now)

    def assert_the_books_are_right_and_only_what_may_still_run_is_reserved(self, seen: list[Seen]) -> None:
        with tenant_scope(self.bench.organization.id):
            assert_books_are_right()
            open_holds = set(Hold.objects.filter(released_at=None).values_list("job_id", flat=True))
        idle = {*TERMINAL_STATES, JobState.PAUSED}
        assert open_holds == {each.job.id for each in seen if each.job.state not in idle}


def assert_a_worker_holds_it_exactly_when_one_attempt_lives(seen: Seen) -> None:
    live = [attempt for attempt in seen.attempts if attempt.state in LIVE_ATTEMPT_STATES]
    assert len(live) == (1 if seen.job.state in HELD_BY_A_WORKER else 0)
    assert all(attempt.fence == seen.job.fence for attempt in live)
    succeeded = [attempt for attempt in seen.attempts if attempt.state == AttemptState.SUCCEEDED]
    assert len(succeeded) == (seen.job.state == JobState.SUCCEEDED)


def assert_the_history_tells_the_state(seen: Seen) -> None:
    assert [event.sequence for event in seen.events] == list(range(1, seen.job.events_count + 1))
    moves = [event for event in seen.events if event.to_state]
    assert moves[-1].to_state == seen.job.state
    for earlier, later in pairwise(moves):
        assert later.from_state == earlier.to_state
        assert later.to_state in TRANSITIONS[JobState(later.from_state)]


def assert_no_second_is_billed_twice_and_no_cap_is_passed(seen: Seen) -> None:
    for earlier, later in pairwise(seen.records):
        assert earlier.ended_at <= later.started_at
    charged = sum(record.amount_micros for record in seen.records)
    assert charged <= seen.job.cap_micros
    for attempt in seen.attempts:
        billed = [record for record in seen.records if record.attempt_id == attempt.id]
        billed_to = billed[-1].to_microseconds if billed else 0
        # A late checkpoint of a paused job is paid for when the job is resumed; beyond its cap nobody pays.
        may_be_unpaid = attempt.state == AttemptState.LOST or charged == seen.job.cap_micros
        assert billed_to == attempt.durable_microseconds or (may_be_unpaid and billed_to < attempt.durable_microseconds)


@time_limit(quick=600, full=7_200)
@pytest.mark.usefixtures("pool")
def test_jobs_keep_their_promises() -> None:
    walk(JobMachine, walks=WALKS, steps=50)
