"""The scheduling policy at work: shares, limits, labels, and work that gives way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.jobs import Bench, Run, fund, make_version, make_worker
from tests.support.platform import START as BEGINNING
from tests.support.platform import Organization
from tests.support.queries import table_queries
from trainyard.jobs.models import Job
from trainyard.jobs.queue import candidates, pool_state
from trainyard.jobs.queue.enqueue import QueueFull
from trainyard.jobs.reconcile import preemption
from trainyard.jobs.scheduling.decision import decide
from trainyard.jobs.scheduling.fair_share import held_usage
from trainyard.pools.models import PoolQuota

HALF_LIFE = 21_600


@pytest.fixture
def other(bench: Bench) -> Bench:
    """Another organization, at the same pool."""
    organization = Organization.objects.create(name="Patient Labs", created_at=BEGINNING)
    fund(organization)
    return replace(bench, organization=organization, version=make_version(organization))


def share(bench: Bench, **quota: Any) -> PoolQuota:
    owner = {"organization": bench.organization, "pool": bench.pool}
    found, _ = PoolQuota.across_tenants.update_or_create(**owner, defaults=quota)
    return found


def pass_time(seconds: float, *benches: Bench) -> None:
    for bench in benches:
        bench.pass_time(seconds)
        type(bench.worker).objects.update(last_heartbeat_at=bench.now)


def owners(runs: list[Run | None]) -> list[str]:
    return [run.job.organization.name for run in runs if run is not None]


def test_use_is_what_attempts_held_from_their_claim_on_slowly_forgotten(bench: Bench) -> None:
    run = bench.run()
    run.train(100, step=10)
    live = pool_state.snapshot(pool_id=bench.pool.id, now=bench.now).tenants[bench.organization.id]
    run.succeed()
    ended = share(bench)
    expected = held_usage(slots=1, start=-100, end=0, now=0, half_life_seconds=HALF_LIFE)
    assert live.used_slot_seconds == pytest.approx(expected)
    assert ended.used_slot_seconds == pytest.approx(expected)
    assert ended.used_at == bench.now
    bench.pass_time(HALF_LIFE)
    bench.submit()
    later = pool_state.snapshot(pool_id=bench.pool.id, now=bench.now).tenants[bench.organization.id]
    assert later.used_slot_seconds == pytest.approx(expected / 2)


@pytest.mark.parametrize("end", ["drained", "lost", "failed"])
def test_use_counts_however_an_attempt_ends_and_counts_once(bench: Bench, end: str) -> None:
    run = bench.run()
    run.train(10, step=10)
    if end == "lost":
        bench.lose_lease()
        bench.lose_lease()
    else:
        for _ in range(2):
            run.finish() if end == "drained" else run.fail("user")
    held = (share(bench).used_at - run.attempt.claimed_at).total_seconds()  # type: ignore[operator]
    assert held == (71 if end == "lost" else 10)
    assert share(bench).used_slot_seconds == pytest.approx(
        held_usage(slots=1, start=-held, end=0, now=0, half_life_seconds=HALF_LIFE)
    )


def test_weights_share_the_slots(bench: Bench, other: Bench) -> None:
    share(bench, weight=3.0)
    for _ in range(8):
        bench.submit()
        other.submit()
    wide = make_worker(bench.pool, name="wide", slots=8).worker
    claimed = owners([bench.claim(wide, free_slots=8) for _ in range(8)])
    assert (claimed.count("Meadow Labs"), claimed.count("Patient Labs")) == (6, 2)


def test_a_limit_of_running_jobs_is_kept(bench: Bench) -> None:
    share(bench, max_running_jobs=2)
    wide = make_worker(bench.pool, name="wide", slots=8).worker
    for _ in range(3):
        bench.submit()
    first = bench.claim(wide)
    assert first is not None
    assert [bench.claim(wide) is not None for _ in range(2)] == [True, False]
    first.start().succeed()
    assert bench.claim(wide) is not None


def test_a_limit_of_queued_jobs_is_kept(bench: Bench) -> None:
    share(bench, max_queued_jobs=2)
    first, second = bench.submit(), bench.submit()
    with pytest.raises(QueueFull) as refused:
        bench.submit()
    assert (refused.value.status, refused.value.retry_after_seconds) == (429, 60)
    assert "2 jobs queued in pool default" in refused.value.message
    bench.pause(first)
    bench.submit()
    with pytest.raises(QueueFull):
        bench.resume(first)
    bench.cancel(second)
    assert bench.resume(first).state == "queued"
    assert bench.held_micros() == 2 * 60_000


def test_labels_of_worker_and_pool_are_asked_for(bench: Bench) -> None:
    bench.submit(resources={"labels": {"gpu": "h100", "zone": "b"}})
    assert bench.claim() is None
    type(bench.worker).objects.filter(id=bench.worker.id).update(labels={"gpu": "h100"})
    assert bench.claim() is None
    type(bench.pool).objects.update(labels={"gpu": "a100", "zone": "b"})
    assert bench.claim() is not None


def test_a_job_that_fits_nowhere_hides_nobody(bench: Bench) -> None:
    for _ in range(2 * candidates.FIRST_JOBS):
        bench.submit(resources={"labels": {"gpu": "none"}}, priority=9)
    plain = bench.submit()
    run = bench.claim()
    assert run is not None
    assert run.claim.job_id == plain.id


@pytest.fixture
def crowded(bench: Bench, other: Bench) -> tuple[Run, Run]:
    """``bench`` holds both slots of a worker; ``other`` waits and is guaranteed one."""
    type(bench.worker).objects.update(slots=2)
    share(other, guaranteed_slots=1)
    older = bench.run()
    pass_time(60, bench, other)
    newer = bench.run()
    pass_time(900, bench, other)
    other.submit()
    return older, newer


def test_work_beyond_a_quota_gives_way_loses_nothing_and_comes_back(
    bench: Bench, other: Bench, crowded: tuple[Run, Run]
) -> None:
    older, newer = crowded
    queued_at = newer.job.queued_at
    bench.submit()
    assert preemption.preempt(now=bench.now) == 1
    assert (newer.job.state, newer.job.desired, newer.job.desired_reason) == (
        "stopping",
        "stop_with_checkpoint",
        "preempted",
    )
    assert older.job.state == "running"
    assert newer.train(1, step=20) == "stop_with_checkpoint"
    newer.checkpoint(20)
    newer.finish()
    job = newer.job
    assert (job.state, job.reason, job.queued_at, job.failures) == ("queued", "preempted", queued_at, {})
    assert bench.billed_micros(job) == round(newer.attempt.durable_microseconds / 10_000)
    assert newer.attempt.durable_microseconds == 901 * 1_000_000
    other.now = bench.now
    claimed = other.claim()
    assert owners([claimed]) == ["Patient Labs"]
    older.succeed()
    resumed = bench.claim()
    assert resumed is not None
    assert resumed.claim.job_id == job.id
    assert resumed.claim.resume is not None
    assert resumed.claim.resume.step == 20


def test_preempting_again_asks_nobody_else(bench: Bench, crowded: tuple[Run, Run]) -> None:
    assert preemption.preempt(now=bench.now) == 1
    events = Job.across_tenants.get(id=crowded[1].claim.job_id).events_count
    assert preemption.preempt(now=bench.now) == 0
    assert Job.across_tenants.get(id=crowded[1].claim.job_id).events_count == events
    assert crowded[0].job.state == "running"


def test_nobody_gives_way_while_a_slot_is_free(bench: Bench, crowded: tuple[Run, Run]) -> None:
    make_worker(bench.pool, name="free", now=bench.now)
    assert preemption.preempt(now=bench.now) == 0


def test_nobody_gives_way_too_soon(bench: Bench, other: Bench, crowded: tuple[Run, Run]) -> None:
    too_soon = bench.now - timedelta(seconds=500)
    assert preemption.preempt(now=too_soon) == 0


def test_a_claim_asks_the_database_a_fixed_number_of_times(bench: Bench, other: Bench) -> None:
    wide = make_worker(bench.pool, name="wide", slots=8).worker
    for _ in range(3):
        bench.submit()
        other.submit()
    queries, messages = 25, 22
    with table_queries(queries, messages=messages):
        bench.claim(wide)
    with table_queries(queries, messages=messages):
        bench.claim(wide)


def test_a_claim_that_looks_behind_first_jobs_asks_once_for_each_kind_of_them(bench: Bench, other: Bench) -> None:
    for tenant in (bench, other):
        tenant.submit(resources={"labels": {"gpu": "none"}}, priority=9)
    last = other.submit(priority=1)
    with table_queries(26, messages=23):
        run = bench.claim()
    assert run is not None
    assert run.claim.job_id == last.id


@pytest.mark.parametrize("preemptible", [False, True])
def test_a_claim_decides_as_from_the_whole_pool(bench: Bench, other: Bench, preemptible: bool) -> None:
    run = bench.run(resources={"preemptible": preemptible})
    run.train(900, step=10)
    other.now = bench.now
    wide = make_worker(bench.pool, name="wide", slots=8, now=bench.now).worker
    kinds = [{"labels": {"gpu": "none"}}, {}, {"preemptible": True}, {"labels": {"gpu": "other"}}]
    for number in range(24):
        (bench, other)[number % 3 == 0].submit(resources=kinds[number % 4], priority=number % 5)
    part = pool_state.claim_snapshot(claimer=wide, releasing_slots=0, now=bench.now)
    whole = pool_state.snapshot(pool_id=bench.pool.id, now=bench.now)
    rules = pool_state.rules()
    for claimer in (wide.id, None):
        assert decide(part, rules, claimer=claimer) == decide(whole, rules, claimer=claimer)
    assert {owner: list(queue) for owner, queue in part.queues.items()} == whole.queues


def test_where_nothing_waits_a_claim_asks_for_next_to_nothing(bench: Bench) -> None:
    with table_queries(5):
        assert bench.claim() is None
