"""The platform does what the table of stops says, row by row."""

from itertools import pairwise

import pytest

from tests.support.jobs import Bench, Run
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle import stopping
from trainyard.jobs.lifecycle.finishing import REASON_OF_FAULT
from trainyard.jobs.queries import locked_job
from trainyard_spec.states import TRANSITIONS, DesiredState, JobState, Reason
from trainyard_spec.stop_rules import FAULTS, REQUESTED_STOPS, STOP_RULES, Billed, StopRule
from trainyard_spec.worker_protocol import CancelledOutcome

PER_SECOND = 100
FAULT_OF_REASON = {reason: fault for fault, reason in REASON_OF_FAULT.items()}
NAMES = [f"{rule.reason}-{rule.to}" for rule in STOP_RULES]


def ask(run: Run, rule: StopRule) -> None:
    with tenant_scope(run.organization_id):
        stopping.ask_to_stop(locked_job(run.job.id), desired=rule.desired, reason=rule.reason, now=run.bench.now)


def obey(run: Run, rule: StopRule) -> None:
    """Does what the worker does when asked."""
    if rule.desired == DesiredState.CANCEL:
        run.finish(CancelledOutcome())
    else:
        run.checkpoint(30)
        run.finish()


def happen(run: Run, rule: StopRule) -> None:
    if rule.reason == Reason.WORKER_LOST:
        run.bench.lose_lease()
    else:
        run.fail(FAULT_OF_REASON[rule.reason])


@pytest.mark.parametrize("rule", STOP_RULES, ids=NAMES)
def test_a_job_goes_where_its_row_says_and_is_billed_as_it_says(bench: Bench, rule: StopRule) -> None:
    run = bench.run()
    run.train(10, step=20)
    run.checkpoint(20)
    run.train(5, step=30)
    if rule.desired == DesiredState.RUN:
        happen(run, rule)
    else:
        ask(run, rule)
        assert (run.job.state, run.heartbeat()) == ("stopping", {run.claim.attempt_id: rule.desired})
        obey(run, rule)
    assert (run.job.state, run.job.reason, run.attempt.reason) == (rule.to, rule.reason, rule.reason)
    seconds = 10 if rule.billed == Billed.TO_THE_LAST_CHECKPOINT else 15
    assert bench.billed_micros(run.job) == seconds * PER_SECOND
    assert (bench.held_micros() > 0) == (rule.to == JobState.QUEUED)
    waits = run.job.not_before is not None
    assert waits == (rule.retry is not None)


@pytest.mark.parametrize("fault", [FAULTS[Reason.INFRASTRUCTURE], FAULTS[Reason.USER_FAULT]], ids=["infra", "user"])
@pytest.mark.parametrize(
    "wish", REQUESTED_STOPS.values(), ids=[f"{rule.reason}-{rule.to}" for rule in REQUESTED_STOPS.values()]
)
def test_the_higher_rank_stands_when_a_fault_meets_a_wish(bench: Bench, wish: StopRule, fault: StopRule) -> None:
    run = bench.run()
    ask(run, wish)
    happen(run, fault)
    stands = max(wish, fault, key=lambda rule: rule.rank)
    assert (run.job.state, run.job.reason) == (stands.to, stands.reason)


@pytest.mark.parametrize(
    ("first", "later"), [*pairwise(REQUESTED_STOPS.values()), *pairwise(reversed(REQUESTED_STOPS.values()))]
)
def test_a_wish_gives_way_to_a_higher_one_alone(bench: Bench, first: StopRule, later: StopRule) -> None:
    run = bench.run()
    ask(run, first)
    ask(run, later)
    stands = later if later.rank > first.rank else first
    assert (run.job.desired, run.job.desired_reason) == (stands.desired, stands.reason)


def test_every_row_follows_a_transition() -> None:
    sources = {DesiredState.RUN: JobState.RUNNING}
    assert all(rule.to in TRANSITIONS[sources.get(rule.desired, JobState.STOPPING)] for rule in STOP_RULES)


def test_every_fault_has_a_row_and_ranks_only_order_rows_that_can_meet() -> None:
    assert set(REASON_OF_FAULT.values()) | {Reason.WORKER_LOST} == set(FAULTS)
    by_rank: dict[int, set[JobState]] = {}
    for rule in REQUESTED_STOPS.values():
        by_rank.setdefault(rule.rank, set()).add(rule.to)
    assert all(len(states) == 1 for states in by_rank.values())
