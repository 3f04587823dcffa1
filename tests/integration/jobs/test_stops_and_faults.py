"""Stops nobody asked for: limits, drains, faults, lost workers."""

import pytest

from tests.support.jobs import Bench, Run
from trainyard.core.models import DomainEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle.user_actions import LimitReached
from trainyard.jobs.models import Job
from trainyard.jobs.queue.candidates import pools_with_claimable_jobs
from trainyard.jobs.queue.position import QueuePosition, queue_position
from trainyard.jobs.reconcile import drained_workers
from trainyard.pools.operations import drain_worker, uncordon_worker
from trainyard_spec.states import DesiredState, Reason
from trainyard_spec.stop_rules import FAULTS
from trainyard_spec.webhook_events import WebhookEvent

STOP = DesiredState.STOP_WITH_CHECKPOINT


def test_a_job_that_nears_its_cap_stops_with_a_checkpoint_and_goes_on_under_a_higher_one(bench: Bench) -> None:
    run = bench.run(limits={"max_cost": "0.001"})  # 10 s
    assert run.train(7, step=10) == DesiredState.RUN
    assert run.train(1.5, step=20) == STOP
    assert (run.job.state, run.job.reason) == ("stopping", "cap_reached")
    run.checkpoint(20)
    run.finish()
    assert (run.job.state, run.job.reason) == ("paused", "cap_reached")
    assert bench.billed_micros(run.job) == 850

    with pytest.raises(LimitReached):
        bench.resume(run.job)
    job = bench.resume(run.job, max_cost_micros=2_000)
    assert (job.state, job.cap_micros, job.spec["limits"]["max_cost"]) == ("queued", 2_000, "0.002000")


def test_a_cap_is_never_passed_even_when_the_worker_could_not_be_told(bench: Bench) -> None:
    run = bench.run(limits={"max_cost": "0.001"})
    bench.pass_time(3_600)
    run.checkpoint(40)
    assert bench.billed_micros(run.succeed()) == 1_000


def test_a_job_stops_at_its_longest_runtime_over_all_attempts(bench: Bench) -> None:
    limits = {"max_runtime_seconds": 20}
    first = bench.run(limits=limits)
    first.train(10, step=10)
    first.checkpoint(10)
    first.finish()
    second = bench.claim()
    assert second is not None
    second.start()
    assert second.train(7, step=20) == DesiredState.RUN
    assert second.train(1.5, step=30) == STOP
    second.checkpoint(30)
    second.finish()
    assert (second.job.state, second.job.reason) == ("paused", "max_runtime")
    with pytest.raises(LimitReached):
        bench.resume(second.job)
    assert bench.resume(second.job, max_runtime_seconds=40).state == "queued"


def test_an_attempt_that_stops_unasked_puts_its_job_back(bench: Bench) -> None:
    run = bench.run()
    run.finish()
    assert (run.job.state, run.job.reason, run.job.failures) == ("queued", "drained", {})


def test_a_draining_worker_gives_its_jobs_back_and_takes_none(bench: Bench) -> None:
    run = bench.run()
    drain_worker(worker_id=bench.worker.id, actor="tests", now=bench.now)
    assert run.heartbeat() == {run.claim.attempt_id: STOP}
    run.finish()
    assert (run.job.state, run.job.reason) == ("queued", "drained")
    assert bench.claim() is None


def test_operators_are_told_once_when_a_draining_worker_is_empty(bench: Bench) -> None:
    def told() -> int:
        drained_workers.announce_drained(now=bench.now)
        return DomainEvent.objects.filter(type=WebhookEvent.WORKER_DRAINED, object_id=bench.worker.id).count()

    run = bench.run()
    assert told() == 0
    drain_worker(worker_id=bench.worker.id, actor="tests", now=bench.now, reason="New disks.")
    assert told() == 0, "it has a job"
    run.train(4, step=10)
    run.checkpoint(10)
    run.finish()
    assert told() == told() == 1
    event = DomainEvent.objects.get(type=WebhookEvent.WORKER_DRAINED)
    assert (event.organization_id, event.data["reason"]) == ("", "New disks.")
    uncordon_worker(worker_id=bench.worker.id, actor="tests", now=bench.now)
    assert told() == 1
    drain_worker(worker_id=bench.worker.id, actor="tests", now=bench.now)
    assert told() == 2


def test_a_pause_outranks_a_drain(bench: Bench) -> None:
    run = bench.run()
    drain_worker(worker_id=bench.worker.id, actor="tests", now=bench.now)
    run.heartbeat()
    bench.pause(run.job)
    run.heartbeat()
    run.finish()
    assert (run.job.state, run.job.reason) == ("paused", "user_paused")


def test_a_fault_of_the_user_fails_the_job_at_once(bench: Bench) -> None:
    run = bench.run()
    run.fail("user", code="loss_not_finite")
    assert (run.job.state, run.job.reason) == ("failed", "user_fault")
    assert run.job.error == {"code": "loss_not_finite", "message": "It broke.", "hint": "Mend it."}
    assert bench.held_micros() == 0


def _claimed(bench: Bench) -> Run:
    run = bench.claim()
    assert run is not None
    return run


@pytest.mark.parametrize("fault", ["infrastructure", "hang"])
def test_faults_are_tried_again_until_there_are_too_many(bench: Bench, fault: str) -> None:
    retry = FAULTS[Reason(fault)].retry
    assert retry is not None
    assert retry.limit is not None
    run = bench.run()
    for _ in range(retry.limit):
        run.fail(fault)
        assert (run.job.state, run.job.reason) == ("queued", fault)
        bench.pass_time(retry.longest_seconds)
        run = _claimed(bench)
    run.fail(fault)
    assert (run.job.state, run.job.reason) == ("failed", fault)
    assert run.job.error["code"] == fault
    assert bench.held_micros() == 0


def place_of_job(bench: Bench, job: Job) -> QueuePosition:
    with tenant_scope(bench.organization.id):
        return queue_position(job_id=job.id, now=bench.now)


def test_a_job_waits_longer_after_each_fault_and_says_so(bench: Bench) -> None:
    run = bench.run()
    for wait in (2, 4, 8):
        run.fail("infrastructure")
        assert bench.claim() is None
        assert pools_with_claimable_jobs(now=bench.now) == set()
        place = place_of_job(bench, run.job)
        assert (place.waiting_for, place.estimated_wait_seconds) == ("retry", wait)
        bench.pass_time(wait)
        assert place_of_job(bench, run.job).waiting_for == "claim"
        assert pools_with_claimable_jobs(now=bench.now) == {bench.pool.id}
        run = _claimed(bench)


def test_faults_are_counted_by_reason_and_a_new_checkpoint_gives_all_retries_back(bench: Bench) -> None:
    run = bench.run()
    run.fail("infrastructure")
    bench.pass_time(2)
    run = _claimed(bench).start()
    bench.lose_lease()
    run = _claimed(bench).start()
    assert run.job.failures == {"infrastructure": 1, "worker_lost": 1}
    run.checkpoint(10)
    assert run.job.failures == {}


def test_resuming_does_not_wait(bench: Bench) -> None:
    run = bench.run()
    run.fail("storage")
    assert (run.job.state, run.job.reason) == ("paused", "storage")
    bench.resume(run.job)
    assert _claimed(bench).claim.job_id == run.claim.job_id


@pytest.mark.parametrize(("ask", "state"), [("cancel", "cancelled"), ("pause", "paused")], ids=["cancel", "pause"])
def test_a_worker_lost_on_the_way_down_leaves_what_was_asked_for(bench: Bench, ask: str, state: str) -> None:
    run = bench.run()
    getattr(bench, ask)(run.job)
    bench.lose_lease()
    assert (run.job.state, run.job.reason) == (state, f"user_{state}")
    assert bench.held_micros() == 0
