"""Who gets the next free slot."""

from datetime import UTC, datetime, timedelta

from trainyard.jobs.policy import Candidate, choose

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def candidate(job_id: str, organization: str = "a", *, priority: int = 0, slots: int = 1, waited: int = 0) -> Candidate:
    return Candidate(job_id, organization, priority, slots, NOON - timedelta(seconds=waited))


def chosen(*candidates: Candidate, running: dict[str, int] | None = None, free: int = 1) -> str | None:
    found = choose(candidates, running_slots=running or {}, free_slots=free)
    return found and found.job_id


def test_nothing_waits() -> None:
    assert chosen() is None


def test_the_longest_wait_goes_first() -> None:
    assert chosen(candidate("new", waited=1), candidate("old", waited=2)) == "old"


def test_priority_counts_inside_an_organization() -> None:
    assert chosen(candidate("old", waited=9), candidate("urgent", priority=1)) == "urgent"


def test_priority_does_not_count_against_another_organization() -> None:
    assert chosen(candidate("urgent", "a", priority=100), candidate("patient", "b", waited=5)) == "patient"


def test_the_organization_that_runs_least_goes_first() -> None:
    waiting = candidate("busy", "a", waited=99), candidate("idle", "b")
    assert chosen(*waiting, running={"a": 2, "b": 1}) == "idle"


def test_a_job_that_does_not_fit_lets_a_smaller_one_pass() -> None:
    assert chosen(candidate("wide", slots=4, waited=9), candidate("narrow"), free=2) == "narrow"
    assert chosen(candidate("wide", slots=4), free=2) is None


def test_the_choice_does_not_depend_on_the_order_of_candidates() -> None:
    waiting = [candidate(name, organization) for name in "xyz" for organization in "ab"]
    assert chosen(*waiting) == chosen(*reversed(waiting))
