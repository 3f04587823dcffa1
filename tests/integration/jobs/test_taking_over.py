"""What a worker that died left behind: its next process lets go of it at once, and brings what was complete."""

import pytest

from tests.support.jobs import Bench, make_worker
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.lifecycle.attempts import StaleFence
from trainyard.jobs.models import Event
from trainyard.registry import purging
from trainyard.registry.purging import UPLOADS_PURGED_AFTER
from trainyard_spec.worker_protocol import HeldAttempt


def test_a_new_process_of_the_worker_frees_what_the_dead_one_ran(bench: Bench) -> None:
    run = bench.run()
    run.checkpoint(10)
    bench.submit()
    other_worker = make_worker(bench.pool, name="other").worker
    other = bench.claim(other_worker)
    assert other is not None
    assert leases.take_over(worker=bench.worker, held=[], now=bench.now) == 1
    assert (run.job.state, run.job.reason, run.attempt.state) == ("queued", "worker_lost", "lost")
    assert other.attempt.state == "claimed"
    again = bench.claim()
    assert again is not None
    assert (again.claim.job_id, again.claim.resume and again.claim.resume.step) == (run.claim.job_id, 10)


def test_what_it_holds_on_to_goes_on(bench: Bench) -> None:
    run = bench.run()
    held = HeldAttempt(attempt_id=run.claim.attempt_id, fence=run.claim.fence)
    assert leases.take_over(worker=bench.worker, held=[held], now=bench.now) == 0
    assert run.job.state == "running"


def test_a_checkpoint_that_comes_late_is_kept_and_billed_while_its_job_waits(bench: Bench) -> None:
    run = bench.run()
    run.train(20, step=20)
    trained = run.trained
    bench.lose_lease()
    assert run.job.state == "queued"
    bench.pass_time(UPLOADS_PURGED_AFTER.total_seconds())
    file = run.upload_checkpoint(20)
    purging.purge_uploads(now=bench.now)
    run.register_checkpoint(20, file, seconds=trained)
    run.register_checkpoint(20, file, seconds=trained)
    assert run.attempt.durable_microseconds == 20_000_000
    assert bench.billed_micros(run.job) > 0
    again = bench.claim()
    assert again is not None
    assert again.claim.resume is not None
    assert again.claim.resume.step == 20


@pytest.mark.parametrize("is_asked_first", [False, True])
def test_a_checkpoint_that_comes_late_is_what_a_paused_job_goes_on_from(bench: Bench, is_asked_first: bool) -> None:
    """Whether its worker was lost before the pause or on its way to it. What it reserved went back: resuming pays."""
    run = bench.run()
    run.train(10, step=10)
    run.checkpoint(10)
    run.train(20, step=30)
    trained = run.trained
    if is_asked_first:
        bench.pause(run.job)
    bench.lose_lease()
    if not is_asked_first:
        bench.pause(run.job)
    assert run.job.state == "paused"
    bench.pass_time(UPLOADS_PURGED_AFTER.total_seconds())
    file = run.upload_checkpoint(30)
    purging.purge_uploads(now=bench.now)
    run.register_checkpoint(30, file, seconds=trained)
    assert (run.job.state, run.job.step) == ("paused", 30)
    bench.resume(run.job)
    assert bench.billed_micros(run.job) == 3_000
    again = bench.claim()
    assert again is not None
    assert again.claim.resume is not None
    assert again.claim.resume.step == 30


def test_a_checkpoint_of_a_paused_job_is_refused_once_a_newer_attempt_began(bench: Bench) -> None:
    run = bench.run()
    run.train(20, step=20)
    bench.lose_lease()
    newer = bench.claim()
    assert newer is not None
    newer.start()
    newer.train(5, step=5)
    newer.checkpoint(5)
    bench.pause(run.job)
    newer.finish()
    assert run.job.state == "paused"
    with pytest.raises(StaleFence):
        run.checkpoint(20)


def test_time_after_the_loss_is_not_trained_time(bench: Bench) -> None:
    run = bench.run()
    run.train(20, step=20)
    bench.lose_lease()
    bench.pass_time(3600)
    run.checkpoint(20, seconds=3600)
    ended = run.attempt.ended_at
    assert ended is not None
    assert run.attempt.durable_microseconds == (ended - run.attempt.training_started_at).total_seconds() * 1e6


@pytest.mark.parametrize("end", ["claimed", "cancelled"])
def test_it_is_refused_once_the_job_went_on_or_ended(bench: Bench, end: str) -> None:
    run = bench.run()
    run.train(20, step=20)
    bench.lose_lease()
    match end:
        case "claimed":
            assert bench.claim() is not None
        case _:
            bench.cancel(run.job)
    with pytest.raises(StaleFence):
        run.checkpoint(20)


def test_the_history_says_why_a_curve_steps_back(bench: Bench) -> None:
    run = bench.run()
    run.train(20, step=20)
    run.checkpoint(20)
    run.train(12, step=32)
    bench.lose_lease()
    again = bench.claim()
    assert again is not None
    again.start()
    with tenant_scope(bench.organization.id):
        (event,) = Event.objects.filter(job=run.job, type="stepped_back")
    assert (event.reason, event.data) == ("worker_lost", {"from_step": 32, "to_step": 20, "billed": False})


def test_it_says_nothing_where_nothing_is_done_again(bench: Bench) -> None:
    run = bench.run()
    run.train(20, step=20)
    run.checkpoint(20)
    run.finish()
    again = bench.claim()
    assert again is not None
    again.start()
    with tenant_scope(bench.organization.id):
        assert not Event.objects.filter(type="stepped_back").exists()
