"""Where a disk or the store is full the job waits, and goes on by itself when there is room."""

from collections.abc import Iterator

import pytest

from tests.support.jobs import Bench, Run, make_worker
from trainyard.billing import holds
from trainyard.billing.queries import wallet
from trainyard.core import blobs
from trainyard.core.blobs import Stored, blob_store
from trainyard.core.storage_full import StorageFull
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.reconcile import disk_full_resume
from trainyard.pools import workers
from trainyard_spec.states import JobState
from trainyard_spec.worker_protocol import Heartbeat

FIRST_WAIT_SECONDS = 15


@pytest.fixture
def paused(bench: Bench) -> Run:
    """A job with one checkpoint whose worker then found no room; its wait is over."""
    run = bench.run()
    run.train(10, step=10)
    run.checkpoint(10)
    run.fail("storage", "storage")
    bench.pass_time(FIRST_WAIT_SECONDS)
    return run


def hear(bench: Bench, *, has_room: bool) -> None:
    workers.record_heartbeat(worker=bench.worker, heartbeat=Heartbeat(has_room=has_room), now=bench.now)


@pytest.fixture
def full_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> Stored:
        raise StorageFull("full")

    monkeypatch.setattr(type(blob_store()), "put", refuse)
    yield
    monkeypatch.undo()


def test_no_room_pauses_the_job_and_gives_back_what_it_reserved(bench: Bench, paused: Run) -> None:
    job = paused.job
    assert (job.state, job.reason, job.checkpoints_count) == ("paused", "storage", 1)
    assert (paused.attempt.state, paused.attempt.reason) == ("failed", "storage")
    assert bench.held_micros() == 0
    assert bench.billed_micros(job) == 1_000


def test_a_job_whose_data_found_no_room_pauses_before_it_runs(bench: Bench) -> None:
    bench.submit()
    run = bench.claim()
    assert run is not None
    run.fail("storage", "worker_storage")
    assert (run.job.state, run.job.reason) == ("paused", "storage")


def test_it_goes_on_from_its_checkpoint_once_there_is_room(bench: Bench, paused: Run) -> None:
    assert disk_full_resume.resume_waiting(now=bench.now) == 1
    job = paused.job
    assert (job.state, job.reason, job.queued_at) == ("queued", "room_again", job.created_at)
    assert bench.held_micros() == 60_000
    again = bench.claim()
    assert again is not None
    assert again.claim.resume is not None
    assert again.claim.resume.step == 10
    assert disk_full_resume.resume_waiting(now=bench.now) == 0


def test_it_waits_while_the_store_is_full(bench: Bench, paused: Run, full_store: None) -> None:
    assert disk_full_resume.resume_waiting(now=bench.now) == 0
    assert paused.job.state == JobState.PAUSED


def test_it_waits_while_no_worker_of_its_pool_has_room(bench: Bench, paused: Run) -> None:
    hear(bench, has_room=False)
    assert disk_full_resume.resume_waiting(now=bench.now) == 0
    make_worker(bench.pool, name="roomy", now=bench.now)
    assert disk_full_resume.resume_waiting(now=bench.now) == 1


def test_it_waits_a_while_first(bench: Bench, paused: Run) -> None:
    bench.pass_time(-1)
    assert disk_full_resume.resume_waiting(now=bench.now) == 0


def test_a_worker_that_is_not_heard_of_has_no_room(bench: Bench, paused: Run) -> None:
    bench.pass_time(3_600)
    assert disk_full_resume.resume_waiting(now=bench.now) == 0


def test_the_store_is_not_asked_for_room_when_nobody_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "has_room", pytest.fail)
    assert disk_full_resume.resume_waiting(now=bench.now) == 0


def test_a_customer_may_resume_or_cancel_it_first(bench: Bench, paused: Run) -> None:
    assert bench.resume(paused.job).state == "queued"
    assert disk_full_resume.resume_waiting(now=bench.now) == 0
    assert bench.cancel(paused.job).state == "cancelled"


def test_a_job_that_cannot_pay_stays_paused(bench: Bench, paused: Run) -> None:
    with tenant_scope(bench.organization.id):
        left = wallet().available_micros
        holds.reserve_funds(job_id="job_of_another", cap_micros=left - 499, now=bench.now)
    assert disk_full_resume.resume_waiting(now=bench.now) == 0
    assert (paused.job.state, paused.job.reason) == ("paused", "storage")


@pytest.mark.parametrize(("ask", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_what_was_asked_for_outranks_the_want_of_room(bench: Bench, ask: str, state: str) -> None:
    run = bench.run()
    getattr(bench, ask)(run.job)
    run.fail("storage", "storage")
    assert (run.job.state, run.job.reason) == (state, f"user_{state}")


def test_one_that_finds_no_room_again_waits_longer(bench: Bench, paused: Run) -> None:
    disk_full_resume.resume_waiting(now=bench.now)
    again = bench.claim()
    assert again is not None
    again.start().fail("storage", "storage")
    bench.pass_time(29)
    assert disk_full_resume.resume_waiting(now=bench.now) == 0
    bench.pass_time(1)
    assert disk_full_resume.resume_waiting(now=bench.now) == 1
