"""Who gets the next free slots."""

import pytest

from tests.support.scheduling import NOW, decision_of, pool, running, started, waiting
from trainyard.jobs.scheduling.priority import PriorityTier
from trainyard.jobs.scheduling.state import PoolWorker, Rules, Tenant

RULES = Rules()


def test_nothing_waits() -> None:
    assert started(pool(slots=4)) == []


def test_the_longest_wait_goes_first() -> None:
    assert started(pool(waiting("new", waited=1), waiting("old", waited=2))) == ["old"]


def test_priority_counts_inside_an_organization() -> None:
    assert started(pool(waiting("old", waited=9), waiting("urgent", priority=1))) == ["urgent"]


def test_a_point_of_priority_is_worth_a_while_of_waiting() -> None:
    age = RULES.ageing_seconds
    assert started(pool(waiting("old", waited=age - 1), waiting("urgent", priority=1))) == ["urgent"]
    assert started(pool(waiting("old", waited=age + 1), waiting("urgent", priority=1))) == ["old"]


def test_priority_does_not_count_against_another_organization() -> None:
    assert started(pool(waiting("urgent", "a", priority=100), waiting("patient", "b", waited=5))) == ["patient"]


def test_the_organization_that_holds_least_goes_first() -> None:
    held = [running("r1", "a", "w2"), running("r2", "a", "w2"), running("r3", "b", "w2")]
    workers = [PoolWorker("w1", 1), PoolWorker("w2", 3)]
    assert started(pool(waiting("busy", "a", waited=99), waiting("idle", "b"), *held, workers=workers)) == ["idle"]


def test_the_organization_that_used_least_of_late_goes_first() -> None:
    frugal, greedy = Tenant("frugal", used_slot_seconds=10), Tenant("greedy", used_slot_seconds=1_000)
    state = pool(waiting("g", "greedy", waited=99), waiting("f", "frugal"), tenants=[frugal, greedy])
    assert started(state) == ["f"]


def test_slots_that_come_free_at_once_are_shared_by_weight() -> None:
    jobs = [waiting(f"{name}{number}", name) for name in "ab" for number in range(9)]
    begun = started(pool(*jobs, slots=8, tenants=[Tenant("a", weight=3), Tenant("b", weight=1)]))
    assert sorted(job[0] for job in begun) == ["a"] * 6 + ["b"] * 2


def test_guaranteed_slots_come_before_what_is_fair() -> None:
    owed = Tenant("owed", guaranteed_slots=1, used_slot_seconds=1e9)
    state = pool(waiting("fair", "b", waited=99), waiting("promised", "owed"), tenants=[owed])
    [start] = decision_of(state).starts
    assert (start.job_id, start.tier) == ("promised", PriorityTier.GUARANTEED)


def test_who_starves_comes_before_all_others() -> None:
    owed = Tenant("owed", guaranteed_slots=1)
    heavy = Tenant("heavy", used_slot_seconds=1e9)
    state = pool(
        waiting("promised", "owed"), waiting("old", "heavy", waited=RULES.starvation_seconds), tenants=[owed, heavy]
    )
    [start] = decision_of(state).starts
    assert (start.job_id, start.tier) == ("old", PriorityTier.STARVING)


def test_who_held_a_slot_a_moment_ago_does_not_starve() -> None:
    heavy = Tenant("heavy", used_slot_seconds=1e9, last_held_at=NOW - 1)
    state = pool(waiting("new", "b"), waiting("old", "heavy", waited=RULES.starvation_seconds), tenants=[heavy])
    assert started(state) == ["new"]


def test_nobody_runs_more_jobs_than_their_limit() -> None:
    limited = Tenant("a", max_running_jobs=2)
    state = pool(running("r", "a"), *[waiting(f"j{n}") for n in range(4)], slots=9, tenants=[limited])
    assert started(state) == ["j0"]


def test_a_job_that_does_not_fit_lets_a_smaller_one_pass() -> None:
    assert started(pool(waiting("wide", slots=4, waited=9), waiting("narrow"), slots=2)) == ["narrow"]


def test_labels_are_asked_of_the_worker() -> None:
    workers = [PoolWorker("plain", 1), PoolWorker("fast", 1, frozenset({("gpu", "h100"), ("zone", "b")}))]
    wants_fast, wants_other = waiting("j", labels={"gpu": "h100"}), waiting("k", labels={"gpu": "a100"})
    [start] = decision_of(pool(wants_fast, wants_other, workers=workers)).starts
    assert (start.job_id, start.worker_ids) == ("j", ("fast",))


def test_a_job_without_wishes_leaves_the_labelled_worker_to_others() -> None:
    workers = [PoolWorker("a-fast", 1, frozenset({("gpu", "h100")})), PoolWorker("plain", 1)]
    [start] = decision_of(pool(waiting("j"), workers=workers)).starts
    assert start.worker_ids == ("plain",)


def test_a_job_goes_where_the_fewest_slots_are_left_over() -> None:
    workers = [PoolWorker("w1", 8), PoolWorker("w2", 2), PoolWorker("w3", 4)]
    [start] = decision_of(pool(waiting("j", slots=2), workers=workers)).starts
    assert start.worker_ids == ("w2",)


def test_a_gang_starts_on_all_its_workers_or_on_none() -> None:
    gang = waiting("gang", slots=2, workers=3)
    enough = [PoolWorker(f"w{n}", 2) for n in range(3)]
    [start] = decision_of(pool(gang, workers=enough)).starts
    assert start.worker_ids == ("w0", "w1", "w2")
    assert started(pool(gang, workers=[*enough[:2], PoolWorker("w3", 1)])) == []


def test_the_worker_that_asks_is_served_first() -> None:
    workers = [PoolWorker("w1", 1), PoolWorker("w2", 4)]
    state = pool(waiting("first", waited=2), waiting("second", waited=1), workers=workers)
    [start] = decision_of(state).starts[:1]
    assert start.worker_ids == ("w1",)
    assert started(state, claimer="w2") == ["first"]


def test_the_worker_that_asks_is_not_given_what_only_fits_elsewhere() -> None:
    workers = [PoolWorker("big", 4), PoolWorker("small", 1)]
    state = pool(waiting("wide", slots=4, waited=9), waiting("narrow"), workers=workers)
    assert started(state, claimer="small") == ["wide", "narrow"]


@pytest.mark.parametrize(("longest", "passes"), [(50, True), (150, False)])
def test_a_short_job_passes_a_wide_one_only_if_that_does_not_delay_it(longest: float, passes: bool) -> None:
    busy = running("r", "a", slots=2, ends_by=NOW + 100)
    state = pool(busy, waiting("wide", slots=3, waited=9), waiting("narrow", longest_seconds=longest), slots=3)
    decision = decision_of(state)
    assert [start.job_id for start in decision.starts] == (["narrow"] if passes else [])
    assert decision.reservation is not None
    assert (decision.reservation.job_id, decision.reservation.starts_at) == ("wide", NOW + 100)


def test_slots_that_the_wide_job_leaves_over_go_to_whoever_fits() -> None:
    busy = running("r", "a", slots=2, ends_by=NOW + 100)
    state = pool(busy, waiting("wide", slots=3, waited=9), waiting("endless"), slots=4)
    assert started(state) == ["endless"]


def test_a_job_that_no_worker_could_ever_take_keeps_nothing_from_others() -> None:
    decision = decision_of(pool(waiting("huge", slots=99, waited=9), waiting("narrow"), slots=2))
    assert ([start.job_id for start in decision.starts], decision.reservation) == (["narrow"], None)


def test_a_wide_job_that_waited_long_is_not_passed_by_its_own_organization() -> None:
    """The reservation is the other organization's; without this rule, ``a`` would always hold too much to get it."""
    old = RULES.starvation_seconds + 1
    workers = [PoolWorker("w1", 4), PoolWorker("w2", 4)]
    busy = [running("r1", "b", "w1", slots=3), running("r2", "a", "w2", slots=3)]
    wide = [waiting("wide-b", "b", slots=4, waited=9), waiting("wide-a", "a", slots=4, waited=old)]
    weights = [Tenant("a"), Tenant("b", weight=9)]
    state = pool(*busy, *wide, waiting("narrow", "a"), workers=workers, tenants=weights)
    assert started(state) == []
    young = [wide[0], waiting("wide-a", "a", slots=4, waited=old / 2)]
    assert started(pool(*busy, *young, waiting("narrow", "a"), workers=workers, tenants=weights)) == ["narrow"]


def test_the_choice_does_not_depend_on_the_order_of_what_waits() -> None:
    jobs = [waiting(name + organization, organization) for name in "xyz" for organization in "ab"]
    assert started(pool(*jobs, slots=3)) == started(pool(*reversed(jobs), slots=3))
