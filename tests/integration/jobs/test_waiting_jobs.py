"""Jobs that wait: doorbells, who may be claimed, wishes that meet."""

from collections.abc import Callable

import pytest

from tests.support.jobs import Bench, fund, make_version, make_worker
from tests.support.platform import START as BEGINNING
from trainyard.core.models import OutboxMessage
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.lifecycle.transitions import JobChanged, TransitionNotAllowed, move
from trainyard.jobs.models import Job
from trainyard.jobs.queue import candidates, notify_workers
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization
from trainyard_spec.states import JobState, Reason


def rings() -> list[tuple[str, str, dict[str, object]]]:
    return list(OutboxMessage.objects.values_list("task", "queue", "kwargs"))


RING = ("trainyard_worker.ring", "pool.default", {})


def drained(bench: Bench) -> None:
    bench.run().finish()


def lost(bench: Bench) -> None:
    bench.run()
    bench.lose_lease()


def test_a_job_whose_worker_was_lost_waits_no_longer_than_for_the_lease(bench: Bench) -> None:
    lost_job = bench.run().job
    bench.pass_time(61)
    assert leases.expire_leases(now=bench.now) == 1
    assert rings() == [RING] * 2
    again = bench.claim()
    assert again is not None
    assert again.claim.job_id == lost_job.id


def resumed(bench: Bench) -> None:
    job = bench.submit()
    bench.pause(job)
    OutboxMessage.objects.all().delete()
    bench.resume(job)


@pytest.mark.parametrize(
    ("happens", "count"), [(lambda bench: bench.submit(), 1), (drained, 2), (lost, 2), (resumed, 1)]
)
def test_every_way_into_the_queue_rings(bench: Bench, happens: Callable[[Bench], object], count: int) -> None:
    happens(bench)
    assert rings() == [RING] * count


def test_nobody_is_rung_for_the_jobs_of_a_suspended_organization(bench: Bench) -> None:
    bench.submit()
    assert candidates.pools_with_claimable_jobs(now=bench.now) == {bench.pool.id}
    Organization.objects.update(state=Organization.State.SUSPENDED)
    assert candidates.pools_with_claimable_jobs(now=bench.now) == set()


def test_a_pool_with_queued_jobs_is_rung_again_but_rings_do_not_pile_up(bench: Bench) -> None:
    assert candidates.pools_with_claimable_jobs(now=bench.now) == set()
    bench.submit()
    assert candidates.pools_with_claimable_jobs(now=bench.now) == {bench.pool.id}
    assert notify_workers.notify_again(pool_ids={bench.pool.id}, now=bench.now) == 0
    OutboxMessage.objects.all().delete()
    assert notify_workers.notify_again(pool_ids={bench.pool.id}, now=bench.now) == 1
    assert rings() == [RING]


def test_organizations_take_turns(bench: Bench) -> None:
    other = Organization.objects.create(name="Patient Labs", created_at=BEGINNING)
    fund(other)
    for _ in range(3):
        bench.submit(priority=50)
    theirs = Bench(other, bench.pool, bench.worker, make_version(other), now=bench.now)
    theirs.submit()
    wide = make_worker(bench.pool, name="wide", slots=4).worker
    claimed = [bench.claim(wide) for _ in range(4)]
    assert [run.organization_id == other.id for run in claimed if run] == [False, True, False, False]


def test_a_suspended_organizations_jobs_wait(bench: Bench) -> None:
    bench.submit()
    Organization.objects.update(state=Organization.State.SUSPENDED)
    assert bench.claim() is None
    Organization.objects.update(state=Organization.State.ACTIVE)
    assert bench.claim() is not None


def test_a_worker_claims_from_its_own_pool_alone(bench: Bench) -> None:
    bench.submit()
    elsewhere = Pool.objects.create(name="elsewhere", slot_kind="cpu", created_at=BEGINNING)
    assert bench.claim(make_worker(elsewhere, name="far").worker) is None


def test_a_job_that_comes_back_keeps_its_place(bench: Bench) -> None:
    early = bench.run()
    bench.pass_time(5)
    bench.submit()
    early.finish()
    again = bench.claim()
    assert again is not None
    assert again.claim.job_id == early.claim.job_id


def test_no_way_around_the_table_of_transitions(bench: Bench) -> None:
    job = bench.submit()
    with pytest.raises(TransitionNotAllowed):
        move(job, to=JobState.SUCCEEDED, reason=Reason.COMPLETED, now=bench.now)


def test_a_job_that_changed_since_it_was_read_is_not_moved(bench: Bench) -> None:
    job = bench.submit()
    old = Job.across_tenants.get(id=job.id)
    bench.cancel(job)
    with pytest.raises(JobChanged):
        bench.control(lambda **_: move(old, to=JobState.PAUSED, reason=Reason.USER_PAUSED, now=bench.now), job.id)
    job.refresh_from_db()
    assert (job.state, job.events_count) == ("cancelled", 2)
