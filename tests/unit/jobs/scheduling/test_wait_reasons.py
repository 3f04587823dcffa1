"""What a waiting job is told."""

import pytest

from tests.support.scheduling import NOW, decision_of, pool, running, waiting
from trainyard.jobs.scheduling.estimates import JobsAhead, start_range
from trainyard.jobs.scheduling.state import PoolState, PoolWorker, Rules, Tenant, WaitingJob
from trainyard.jobs.scheduling.wait_reasons import SENTENCES, WaitCode, explain

HOUR = 3_600.0


def told(state: PoolState, job: WaitingJob, *, ahead: int = 0) -> dict[WaitCode, str]:
    return {reason.code: reason.sentence for reason in explain(state, decision_of(state), job, ahead=ahead)}


def test_every_code_has_a_sentence() -> None:
    assert SENTENCES.keys() == set(WaitCode)


def test_a_job_that_starts_only_waits_for_a_worker_to_ask() -> None:
    job = waiting("j")
    assert told(pool(job), job) == {WaitCode.STARTS: SENTENCES[WaitCode.STARTS]}


def test_an_organization_reads_what_it_holds_and_what_is_fair() -> None:
    job = waiting("j", "a")
    held = [running(f"a{n}", "a") for n in range(4)] + [running(f"b{n}", "b") for n in range(4)]
    others = [waiting("b", "b", slots=8)]
    state = pool(*held, *others, job, slots=8, tenants=[Tenant("a", weight=2), Tenant("b", weight=3)])
    sentences = told(state, job, ahead=2)
    assert sentences[WaitCode.FAIR_SHARE] == "Your organization holds 4 slots; its fair share is 3.2."
    assert sentences[WaitCode.OWN_JOBS_FIRST] == "Before it: 2 queued jobs of your own."
    assert sentences[WaitCode.SLOTS_TAKEN] == "All slots of the pool are taken (8 of 8)."


def test_a_limit_is_named() -> None:
    job = waiting("j", "a")
    state = pool(running("r", "a"), job, slots=4, tenants=[Tenant("a", max_running_jobs=1)])
    limit = "Your organization runs 1 job in this pool and may run 1 at once."
    assert told(state, job)[WaitCode.RUNNING_LIMIT] == limit


def test_a_job_that_nobody_could_take_is_told_so() -> None:
    job = waiting("j", labels={"gpu": "h100"})
    assert list(told(pool(job), job)) == [WaitCode.NO_SUITABLE_WORKER]
    assert list(told(PoolState(NOW, {"a": Tenant("a")}, {"a": [job]}), job)) == [WaitCode.NO_WORKER]


def test_free_slots_that_do_not_fit_are_named() -> None:
    job = waiting("wide", slots=2)
    state = pool(running("r", "b", slots=1), job, slots=2)
    assert told(state, job)[WaitCode.TOO_FEW_FREE].startswith("Free slots of the pool: 1 of 2,")


def test_others_that_give_way_are_named() -> None:
    job = waiting("j", "a")
    state = pool(running("r", "b", preemptible=True), running("s", "b"), job, slots=2)
    assert next(iter(told(state, job))) == WaitCode.SLOTS_COMING


def expected(state: PoolState, job: WaitingJob, **ahead: float) -> tuple[float, float] | None:
    found = start_range(state, Rules(), job, ahead=JobsAhead(**ahead))  # type: ignore[arg-type]
    return found and ((found.earliest - NOW) / HOUR, (found.latest - NOW) / HOUR)


def test_with_a_free_slot_the_start_is_now() -> None:
    job = waiting("j")
    assert expected(pool(job), job) == (0, 0)


def test_the_start_lies_between_the_likely_and_the_latest_end_of_what_runs() -> None:
    job = waiting("j")
    assert expected(pool(running("r", ends_about=NOW + HOUR, ends_by=NOW + 3 * HOUR), job), job) == (1, 3)


def test_the_jobs_ahead_are_worked_off_on_the_fair_slots() -> None:
    job = waiting("j")
    held = [running(f"r{n}", ends_about=NOW + (n + 1) * HOUR, ends_by=NOW + 8 * HOUR) for n in range(2)]
    state = pool(*held, waiting("k", waited=9), job, slots=2)
    assert expected(state, job, jobs=1, slots=1, longest_slot_seconds=6 * HOUR) == (2, 11)


def test_other_organizations_that_come_first_take_their_turn() -> None:
    job = waiting("j", "a")
    held = [running(f"r{n}", "a", ends_by=NOW + (n + 1) * HOUR, ends_about=NOW) for n in range(2)]
    state = pool(*held, waiting("k", "b"), job, slots=2)
    assert expected(state, job) == (0, 2)


@pytest.mark.parametrize("workers", [[], [PoolWorker("w1", 1)]])
def test_where_nothing_can_be_known_there_is_no_range(workers: list[PoolWorker]) -> None:
    job = waiting("j", slots=2)
    state = pool(job, running("r", "a"), workers=workers or [PoolWorker("w1", 1)])
    assert expected(PoolState(NOW, state.tenants, state.queues, state.running, workers), job) is None
    endless = pool(running("r"), waiting("k"))
    assert expected(endless, waiting("k")) is None
