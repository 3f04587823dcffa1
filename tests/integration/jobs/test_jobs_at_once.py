"""Several processes at the same jobs at the same time, on connections of their own."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.jobs import Bench, Run, fund, make_version, make_worker
from tests.support.platform import START as BEGINNING
from tests.support.transactional import at_once
from trainyard.billing.models import Price, UsageRecord
from trainyard.core.errors import Conflict
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.models import Attempt, Event, Job
from trainyard.jobs.scheduling.fair_share import held_usage
from trainyard.pools.models import Pool, PoolQuota
from trainyard.tenants.models import Organization
from trainyard_spec.states import LIVE_ATTEMPT_STATES

JOBS = 12
ROUNDS = 5


@pytest.fixture
def bench(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("trainyard.core.outbox.current_app.send_task", lambda *_, **__: None)
    organization = Organization.objects.create(name="Busy Labs", created_at=BEGINNING)
    pool = Pool.objects.create(name="default", slot_kind=Pool.SlotKind.CPU, created_at=BEGINNING)
    Price.objects.create(
        pool=pool, per_slot_second="0.0001", currency="USD", effective_from=BEGINNING, created_at=BEGINNING
    )
    fund(organization)
    return Bench(organization, pool, make_worker(pool, slots=JOBS).worker, make_version(organization))


def failures(results: list[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


def one_run(bench: Bench, slots: int = 1) -> Run:
    run = bench.run()
    run.train(5, step=10)
    return run


def test_two_workers_claim_every_job_exactly_once(bench: Bench) -> None:
    for _ in range(JOBS):
        bench.submit()
    other = make_worker(bench.pool, name="other", slots=JOBS).worker

    def claim_all(worker: Any) -> Callable[[], list[str]]:
        def claim() -> list[str]:
            claimed = []
            while (run := bench.claim(worker)) is not None:
                claimed.append(run.claim.job_id)
            return claimed

        return claim

    results = at_once([claim_all(worker) for worker in (bench.worker, other, bench.worker, other)])
    assert failures(results) == []
    claims = Counter(job_id for claimed in results if isinstance(claimed, list) for job_id in claimed)
    assert len(claims) == JOBS
    assert set(claims.values()) == {1}
    assert set(Job.across_tenants.values_list("state", "fence")) == {("starting", 1)}
    assert Attempt.across_tenants.count() == JOBS


def test_a_worker_that_claims_twice_at_once_gets_no_more_than_its_slots(bench: Bench) -> None:
    type(bench.worker).objects.update(slots=2)
    for _ in range(JOBS):
        bench.submit()
    results = at_once([lambda: bench.claim(free_slots=2)] * 4)
    assert failures(results) == []
    assert sum(result is not None for result in results) == 2


def test_cancels_at_once_cancel_once(bench: Bench) -> None:
    job = bench.submit()
    results = at_once([lambda: bench.cancel(job).state] * 4)
    assert results == ["cancelled"] * 4
    assert Event.across_tenants.filter(job=job, to_state="cancelled").count() == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_cancel_and_the_end_of_the_job_leave_one_end(bench: Bench, round_: int) -> None:
    run = one_run(bench)
    results = at_once([run.succeed, lambda: bench.cancel(run.job)])
    assert all(isinstance(failure, Conflict) for failure in failures(results))
    job = run.job
    assert (job.state, job.finished_at is not None) == ("succeeded", True)
    assert_consistent(bench, job)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_pause_and_a_claim_meet(bench: Bench, round_: int) -> None:
    job = bench.submit()
    pause, claim = at_once([lambda: bench.pause(job).state, bench.claim])
    assert not isinstance(claim, Exception)
    job.refresh_from_db()
    assert (pause, claim is None, job.state) in {("paused", True, "paused"), ("stopping", False, "stopping")}
    assert_consistent(bench, job)


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_lease_expires_while_the_job_finishes(bench: Bench, round_: int) -> None:
    run = one_run(bench)
    bench.pass_time(61)
    results = at_once(
        [run.succeed, lambda: leases.expire_leases(now=bench.now), lambda: leases.expire_leases(now=bench.now)]
    )
    assert all(isinstance(failure, Conflict) for failure in failures(results))
    assert run.job.state in {"succeeded", "queued"}
    assert_consistent(bench, run.job)


def test_a_checkpoint_registered_twice_at_once_is_billed_once(bench: Bench) -> None:
    run = one_run(bench)
    file = run.upload_checkpoint(10)
    results = at_once([lambda: run.register_checkpoint(10, file)] * 4)
    assert results == ["run"] * 4
    assert list(UsageRecord.across_tenants.values_list("amount_micros", flat=True)) == [500]
    assert run.job.checkpoints_count == 1


def test_a_report_sent_twice_at_once_is_applied_once(bench: Bench) -> None:
    run = one_run(bench)
    before = run.job.events_count
    results = at_once([run.heartbeat, lambda: run.repeat_report(sequence=3), lambda: run.repeat_report(sequence=3)])
    assert failures(results) == []
    assert run.attempt.last_sequence == 3
    assert run.job.events_count == before


def assert_consistent(bench: Bench, job: Job) -> None:
    with tenant_scope(bench.organization.id):
        sequences = list(job.events.order_by("sequence").values_list("sequence", flat=True))
        live = job.attempts.filter(state__in=LIVE_ATTEMPT_STATES).count()
    job.refresh_from_db()
    assert sequences == list(range(1, job.events_count + 1))
    assert live == (1 if job.state in {"starting", "running", "stopping"} else 0)


def test_workers_that_claim_at_once_do_not_pass_a_limit(bench: Bench) -> None:
    PoolQuota.across_tenants.create(organization=bench.organization, pool=bench.pool, max_running_jobs=3)
    for _ in range(JOBS):
        bench.submit()
    workers = [make_worker(bench.pool, name=f"w{n}", slots=4).worker for n in range(4)]
    results = at_once([lambda worker=worker: [bench.claim(worker) for _ in range(4)] for worker in workers])  # type: ignore[misc]
    assert failures(results) == []
    assert Attempt.across_tenants.count() == 3


def test_jobs_submitted_at_once_do_not_pass_a_limit(bench: Bench) -> None:
    PoolQuota.across_tenants.create(organization=bench.organization, pool=bench.pool, max_queued_jobs=2)
    results = at_once([bench.submit] * 6)
    assert [type(failure).__name__ for failure in failures(results)] == ["QueueFull"] * 4
    assert Job.across_tenants.count() == 2


def test_attempts_that_end_at_once_add_up(bench: Bench) -> None:
    for _ in range(4):
        bench.submit()
    runs = [run.start() for run in (bench.claim(free_slots=JOBS) for _ in range(4)) if run]
    bench.pass_time(10)
    at_once([run.succeed for run in runs[:2]] + [run.finish for run in runs[2:]])
    share = PoolQuota.across_tenants.get()
    once = held_usage(slots=4, start=-10, end=0, now=0, half_life_seconds=21_600)
    assert share.used_slot_seconds == pytest.approx(once)
