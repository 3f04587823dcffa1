"""Who gives way to whom."""

from tests.support.scheduling import NOW, decision_of, pool, preempted, running, waiting
from trainyard.jobs.scheduling.preemption import PreemptionReason
from trainyard.jobs.scheduling.state import PoolWorker, Rules, Tenant

YOUNG = NOW - Rules().minimum_runtime_seconds + 1


def test_work_beyond_its_quota_gives_way_to_work_within_its_own() -> None:
    owed = Tenant("owed", guaranteed_slots=1)
    state = pool(running("r1", "b"), running("r2", "b"), waiting("j", "owed"), slots=2, tenants=[owed])
    [found] = decision_of(state).preemptions
    assert (found.for_job_id, found.reason) == ("j", PreemptionReason.OVER_QUOTA)


def test_without_a_guarantee_nobody_who_did_not_agree_gives_way() -> None:
    assert preempted(pool(running("r1", "b"), running("r2", "b"), waiting("j", "a"), slots=2)) == []


def test_nobody_is_pushed_below_what_they_are_guaranteed() -> None:
    both = [Tenant("owed", guaranteed_slots=1), Tenant("b", guaranteed_slots=2)]
    state = pool(running("r1", "b"), running("r2", "b"), waiting("j", "owed"), slots=2, tenants=both)
    assert preempted(state) == []


def test_work_beyond_its_own_quota_pushes_nobody_aside() -> None:
    owed = Tenant("owed", guaranteed_slots=1)
    held = [running("r1", "b"), running("r2", "b"), running("r3", "owed")]
    assert preempted(pool(*held, waiting("j", "owed"), slots=3, tenants=[owed])) == []


def test_a_preemptible_job_gives_way_to_an_organization_below_its_fair_share() -> None:
    held = [running("r1", "b", preemptible=True), running("r2", "b")]
    assert preempted(pool(*held, waiting("j", "a"), slots=2)) == [("r1", "j")]


def test_a_preemptible_job_stays_where_its_slot_would_be_beyond_the_others_share() -> None:
    held = [running("r1", "b", preemptible=True), running("r2", "a")]
    assert preempted(pool(*held, waiting("j", "a"), slots=2)) == []


def test_a_preemptible_job_pushes_nobody_aside() -> None:
    held = [running("r1", "b", preemptible=True), running("r2", "b", preemptible=True)]
    assert preempted(pool(*held, waiting("j", "a", preemptible=True), slots=2)) == []


def test_inside_an_organization_only_a_higher_priority_displaces() -> None:
    held = running("r", "a", preemptible=True, queued_at=NOW)
    assert preempted(pool(held, waiting("j", "a"))) == []
    assert preempted(pool(held, waiting("j", "a", priority=1))) == [("r", "j")]


def test_nobody_gives_way_who_would_be_the_next_to_start_again() -> None:
    """Below its share now, but far above it of late: the policy would give the slot back at once."""
    of_late = Tenant("a", used_slot_seconds=1e9)
    held = [running("r1", "b", preemptible=True), running("r2", "b")]
    assert preempted(pool(*held, waiting("j", "a"), slots=2, tenants=[of_late])) == []


def test_no_job_is_stopped_before_it_has_run_for_a_while() -> None:
    held = [running("r1", "b", preemptible=True, since=YOUNG), running("r2", "b")]
    assert preempted(pool(*held, waiting("j", "a"), slots=2)) == []


def test_the_least_work_is_interrupted() -> None:
    held = [running("older", "b", preemptible=True, since=NOW - 9_000)]
    held += [running("newer", "b", preemptible=True, since=NOW - 8_000)]
    assert preempted(pool(*held, waiting("j", "a"), slots=2)) == [("newer", "j")]


def test_those_who_agreed_go_before_those_who_did_not() -> None:
    owed = Tenant("owed", guaranteed_slots=1)
    held = [running("r1", "b"), running("r2", "b", preemptible=True, since=NOW - 90_000), running("r3", "b")]
    assert preempted(pool(*held, waiting("j", "owed"), slots=3, tenants=[owed])) == [("r2", "j")]


def test_as_few_slots_as_possible_are_taken_away() -> None:
    owed = Tenant("owed", guaranteed_slots=2)
    workers = [PoolWorker("w1", 4), PoolWorker("w2", 4)]
    held = [running("all", "b", "w1", slots=4)]
    held += [running(name, "b", "w2", slots=2) for name in ("half", "other")]
    state = pool(*held, waiting("j", "owed", slots=2), workers=workers, tenants=[owed])
    assert [victim for victim, _ in preempted(state)] == ["half"]


def test_a_gang_gets_room_on_all_its_workers() -> None:
    owed = Tenant("owed", guaranteed_slots=4)
    workers = [PoolWorker("w1", 2), PoolWorker("w2", 2)]
    held = [running(f"r{n}", "b", f"w{1 + n % 2}") for n in range(4)]
    state = pool(*held, waiting("gang", "owed", slots=2, workers=2), workers=workers, tenants=[owed])
    assert sorted(victim for victim, _ in preempted(state)) == ["r0", "r1", "r2", "r3"]


def test_slots_that_are_coming_free_are_not_taken_twice() -> None:
    held = [running("going", "b", preemptible=True, stopping=True), running("r", "b", preemptible=True)]
    held += [running("stays", "b")]
    owed = [Tenant("a", guaranteed_slots=2)]
    assert preempted(pool(*held, waiting("j", "a"), slots=3, tenants=owed)) == []
    two = pool(*held, waiting("j", "a"), waiting("k", "a"), slots=3, tenants=owed)
    assert preempted(two) == [("r", "k")]


def test_free_slots_wait_with_the_job_that_others_make_room_for() -> None:
    owed = Tenant("owed", guaranteed_slots=2)
    held = [running("r1", "b"), running("r2", "b")]
    decision = decision_of(
        pool(*held, waiting("wide", "owed", slots=2), waiting("narrow", "b"), slots=3, tenants=[owed])
    )
    assert ([found.for_job_id for found in decision.preemptions], decision.starts) == (["wide"], [])
