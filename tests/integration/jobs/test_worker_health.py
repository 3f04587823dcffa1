"""A faulty worker is found out by the jobs of several tenants, and costs none of them a retry."""

from datetime import timedelta

import pytest

from tests.support.jobs import Bench, Run, fund, make_version, make_worker
from tests.support.platform import START as BEGINNING
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.reconcile import worker_quarantine
from trainyard.jobs.reconcile.worker_quarantine import REMEMBERED
from trainyard.pools import health
from trainyard.pools.models import Worker
from trainyard.pools.operations import remove_worker, uncordon_worker
from trainyard.tenants.models import Organization
from trainyard_spec.states import DesiredState


@pytest.fixture
def tenants(bench: Bench) -> list[Bench]:
    """Three tenants, each with a job on a worker of four slots."""
    bench.worker = make_worker(bench.pool, name="wide", slots=4).worker
    benches = [bench]
    for name in ("Second Labs", "Third Labs"):
        organization = Organization.objects.create(name=name, created_at=BEGINNING)
        fund(organization)
        benches.append(Bench(organization, bench.pool, bench.worker, make_version(organization), now=bench.now))
    return benches


def state_of(bench: Bench) -> str:
    return Worker.objects.get(id=bench.worker.id).state


def test_a_worker_on_which_jobs_of_three_tenants_fail_is_quarantined(tenants: list[Bench]) -> None:
    runs = [bench.run() for bench in tenants]
    for run in runs[:2]:
        run.fail("infrastructure")
    assert state_of(tenants[0]) == "active"
    runs[2].fail("infrastructure")
    worker = Worker.objects.get(id=tenants[0].worker.id)
    assert (worker.state, "3 tenants" in worker.state_reason) == ("quarantined", True)
    assert (runs[2].job.failures, runs[2].job.not_before) == ({}, None)
    assert tenants[2].claim() is None
    assert tenants[2].claim(make_worker(tenants[0].pool, name="sound").worker) is not None


def test_a_worker_that_a_claim_holds_when_it_is_found_out_is_quarantined_by_the_next_review(
    tenants: list[Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as claimed:
        claimed.setattr(health, "quarantine", lambda **_: False)
        fail_of_each(tenants)
    now = tenants[0].now
    assert state_of(tenants[0]) == "active"
    assert (worker_quarantine.quarantine_suspects(now=now), worker_quarantine.quarantine_suspects(now=now)) == (1, 0)
    worker = Worker.objects.get(id=tenants[0].worker.id)
    assert (worker.state, "3 tenants" in worker.state_reason) == ("quarantined", True)
    uncordon_worker(worker_id=worker.id, actor="tests", now=now + timedelta(seconds=1))
    assert worker_quarantine.quarantine_suspects(now=now + timedelta(seconds=2)) == 0


def test_a_review_leaves_workers_alone_that_are_not_to_blame(tenants: list[Bench]) -> None:
    fail_of_each(tenants[:2])
    for bench in tenants:
        bench.run().fail("infrastructure", code="control_plane_refused")
    assert worker_quarantine.quarantine_suspects(now=tenants[0].now) == 0
    assert worker_quarantine.quarantine_suspects(now=tenants[0].now + 2 * REMEMBERED) == 0


def test_jobs_on_a_quarantined_worker_move_without_using_a_retry(tenants: list[Bench]) -> None:
    running = tenants[0].run()
    fail_of_each(tenants)
    assert running.heartbeat() == {running.claim.attempt_id: DesiredState.STOP_WITH_CHECKPOINT}
    running.checkpoint(10)
    running.finish()
    assert (running.job.state, running.job.reason, running.job.failures) == ("queued", "quarantined", {})


def test_a_job_lost_with_a_quarantined_worker_uses_no_retry(tenants: list[Bench]) -> None:
    running = tenants[0].run()
    fail_of_each(tenants)
    tenants[0].lose_lease()
    assert (running.job.state, running.job.reason, running.job.failures) == ("queued", "worker_lost", {})


def test_one_tenants_jobs_alone_prove_nothing(tenants: list[Bench]) -> None:
    for _ in range(4):
        tenants[0].run().fail("infrastructure")
    assert state_of(tenants[0]) == "active"


@pytest.mark.parametrize(
    ("fault", "code"), [("user", "engine_crashed"), ("hang", "hang"), ("infrastructure", "control_plane_refused")]
)
def test_faults_that_are_not_the_workers_are_not_held_against_it(tenants: list[Bench], fault: str, code: str) -> None:
    for bench in tenants:
        bench.run().fail(fault, code=code)
    assert state_of(tenants[0]) == "active"


def test_old_faults_are_forgotten(tenants: list[Bench]) -> None:
    runs = [bench.run() for bench in tenants]
    runs[0].fail("infrastructure")
    for bench in tenants:
        bench.pass_time(REMEMBERED.total_seconds() + 1)
    for run in runs[1:]:
        run.fail("infrastructure")
    assert state_of(tenants[0]) == "active"


def test_a_worker_put_back_into_service_starts_with_a_clean_record(tenants: list[Bench]) -> None:
    fail_of_each(tenants)
    for bench in tenants:
        bench.pass_time(60)
    uncordon_worker(worker_id=tenants[0].worker.id, actor="tests", now=tenants[0].now)
    assert Worker.objects.get(id=tenants[0].worker.id).state_reason == ""
    tenants[0].run().fail("infrastructure")
    assert state_of(tenants[0]) == "active"


def test_the_jobs_of_a_removed_worker_go_on_elsewhere_at_once(bench: Bench) -> None:
    run = bench.run()
    remove_worker(worker_id=bench.worker.id, actor="tests", now=bench.now)
    assert leases.expire_leases(now=bench.now) == 1
    assert (run.job.state, run.job.reason, run.job.failures) == ("queued", "worker_lost", {})
    assert bench.claim(make_worker(bench.pool, name="other").worker) is not None


def fail_of_each(tenants: list[Bench]) -> None:
    runs: list[Run] = [bench.run() for bench in tenants]
    for run in runs:
        run.fail("infrastructure")


@pytest.mark.parametrize("code", ["engine_server_died", "engine_unavailable"])
def test_the_death_of_what_all_share_is_one_fault(tenants: list[Bench], code: str) -> None:
    runs = [bench.run() for bench in tenants]
    for run in runs:
        run.fail("infrastructure", code=code)
    now = tenants[0].now
    assert (state_of(tenants[0]), worker_quarantine.quarantine_suspects(now=now)) == ("active", 0)
    for bench in tenants:
        bench.pass_time(3)
    runs = [bench.run() for bench in tenants[:2]]
    for run in runs:
        run.fail("infrastructure")
    assert state_of(tenants[0]) == "quarantined"


def test_a_quarantined_worker_is_tried_again_by_itself_ever_later(tenants: list[Bench]) -> None:
    rests = []
    for _ in range(3):
        fail_of_each(tenants)
        worker = Worker.objects.get(id=tenants[0].worker.id)
        assert worker.retest_at is not None
        rests.append(worker.retest_at - tenants[0].now)
        assert health.retest(now=worker.retest_at - timedelta(seconds=1)) == 0
        for bench in tenants:
            bench.now = worker.retest_at
        assert (health.retest(now=worker.retest_at), health.retest(now=worker.retest_at)) == (1, 0)
        assert (state_of(tenants[0]), worker_quarantine.quarantine_suspects(now=tenants[0].now)) == ("active", 0)
        for bench in tenants:
            bench.pass_time(3)
    assert rests == [health.FIRST_REST, 2 * health.FIRST_REST, 4 * health.FIRST_REST]

    for bench in tenants:
        bench.pass_time(health.PROVED_AFTER.total_seconds())
    fail_of_each(tenants)
    retest_at = Worker.objects.get(id=tenants[0].worker.id).retest_at
    assert retest_at is not None
    assert retest_at - tenants[0].now == health.FIRST_REST


def test_what_a_worker_says_of_itself_or_a_person_decided_waits_for_a_person(tenants: list[Bench]) -> None:
    worker_id = tenants[0].worker.id
    health.quarantine(worker_id=worker_id, reason="Its GPU is lost.", now=tenants[0].now)
    assert health.retest(now=tenants[0].now + timedelta(days=30)) == 0
    uncordon_worker(worker_id=worker_id, actor="tests", now=tenants[0].now + timedelta(seconds=1))
    for bench in tenants:
        bench.pass_time(2)
    fail_of_each(tenants)
    remove_worker(worker_id=worker_id, actor="tests", now=tenants[0].now)
    assert health.retest(now=tenants[0].now + timedelta(days=30)) == 0
