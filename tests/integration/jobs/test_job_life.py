"""A job's way through its states, as workers and customers push it."""

from datetime import timedelta

import pytest

from tests.support.jobs import START, Bench
from trainyard.jobs.lifecycle import leases
from trainyard.jobs.lifecycle.allowed_actions import JobFinished, JobIsCancelling, JobNotPaused
from trainyard.jobs.lifecycle.attempts import StaleFence
from trainyard.jobs.models import Checkpoint, Event, Job
from trainyard.jobs.reporting.checkpoints import is_recorded
from trainyard.jobs.reporting.reports import SequenceGap
from trainyard.jobs.reporting.uploaded_files import NotUploaded
from trainyard_spec.engine_protocol import Log
from trainyard_spec.files import FileEntry
from trainyard_spec.states import DesiredState
from trainyard_spec.worker_protocol import CancelledOutcome

STOP = DesiredState.STOP_WITH_CHECKPOINT


def events_of(job: Job) -> list[tuple[str, str, str]]:
    rows = Event.across_tenants.filter(job=job).order_by("sequence")
    return [(event.from_state, event.to_state, event.reason) for event in rows if event.to_state]


def test_a_job_runs_to_its_end_and_is_billed_for_exactly_its_training(bench: Bench) -> None:
    run = bench.run()
    run.train(7, step=20)
    run.checkpoint(20)
    run.train(3, step=40)
    job = run.succeed()

    assert (job.state, job.reason, job.fence) == ("succeeded", "completed", 1)
    assert (job.started_at, job.first_step_at, job.finished_at) == (START, START, bench.now)
    assert job.test_metrics == {"test_accuracy": 0.9}
    assert events_of(job) == [
        ("", "queued", "submitted"),
        ("queued", "starting", "claimed"),
        ("starting", "running", "training"),
        ("running", "succeeded", "completed"),
    ]
    assert bench.billed_micros(job) == 1_000  # 10 s at 0.0001
    assert bench.held_micros() == 0


def test_events_of_a_job_are_numbered_without_gaps(bench: Bench) -> None:
    run = bench.run()
    run.checkpoint(10)
    job = run.succeed()
    sequences = Event.across_tenants.filter(job=job).order_by("sequence").values_list("sequence", flat=True)
    assert list(sequences) == list(range(1, job.events_count + 1))


def test_the_history_of_a_long_job_does_not_name_every_checkpoint(bench: Bench) -> None:
    run = bench.run()
    for step in range(1, 32):
        run.checkpoint(step)
    named = Event.across_tenants.filter(job=run.job, type="checkpoint").order_by("sequence")
    assert [event.data["number"] for event in named] == [*range(1, 11), 20, 30]
    assert (run.job.checkpoints_count, run.job.step) == (31, 31)
    assert Checkpoint.across_tenants.filter(job=run.job).count() == 31


@pytest.mark.parametrize(
    ("number", "noted"), [(1, True), (10, True), (11, False), (90, True), (110, False), (200, True)]
)
def test_how_often_a_checkpoint_is_noted(number: int, noted: bool) -> None:
    assert is_recorded(number) is noted


def test_a_lost_worker_puts_the_job_back_and_the_next_attempt_goes_on_from_the_checkpoint(bench: Bench) -> None:
    first = bench.run()
    first.train(10, step=20)
    first.checkpoint(20)
    first.train(5, step=30)

    assert bench.lose_lease() == 1
    assert (first.job.state, first.job.reason) == ("queued", "worker_lost")
    assert (first.attempt.state, first.attempt.ended_at) == ("lost", bench.now - timedelta(seconds=1))

    second = bench.claim()
    assert second is not None
    assert second.claim.fence == 2
    assert second.claim.resume is not None
    assert second.claim.resume.step == 20
    second.start()
    second.train(10, step=40)
    assert bench.billed_micros(second.succeed()) == 2_000  # the 5 s after the checkpoint were never kept


def test_a_lease_that_was_renewed_does_not_expire(bench: Bench) -> None:
    run = bench.run()
    for _ in range(3):
        bench.pass_time(50)
        assert run.heartbeat() == {run.claim.attempt_id: DesiredState.RUN}
    bench.pass_time(59)
    assert leases.expire_leases(now=bench.now) == 0
    assert bench.lose_lease() == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda run: run.report(),
        lambda run: run.register_checkpoint(10, FileEntry(name="a", bytes=1, sha256="0" * 64)),
        lambda run: run.upload_checkpoint(10),
        lambda run: run.finish(),
        lambda run: run.fail("infrastructure"),
        lambda run: run.succeed(),
    ],
    ids=["report", "checkpoint", "upload", "stopped", "failed", "succeeded"],
)
def test_a_worker_that_was_given_up_can_write_nothing(bench: Bench, write: object) -> None:
    stale = bench.run()
    bench.lose_lease()
    current = bench.claim()
    assert current is not None
    before = Job.across_tenants.values().get(id=stale.claim.job_id)

    with pytest.raises(StaleFence):
        write(stale)  # type: ignore[operator]

    assert Job.across_tenants.values().get(id=stale.claim.job_id) == before
    assert stale.heartbeat() == {}


def test_repeated_messages_change_nothing(bench: Bench) -> None:
    run = bench.run()
    run.train(5, step=10)
    file = run.upload_checkpoint(10)
    run.register_checkpoint(10, file)
    before = Job.across_tenants.values().get(id=run.claim.job_id)
    billed = bench.billed_micros(run.job)

    assert run.repeat_report(Log(message="again")) == DesiredState.RUN
    assert run.repeat_report(Log(message="again"), sequence=1) == DesiredState.RUN
    run.upload_checkpoint(10, b"other content")
    assert run.register_checkpoint(10, file) == DesiredState.RUN

    assert Job.across_tenants.values().get(id=run.claim.job_id) == before
    assert bench.billed_micros(run.job) == billed
    assert Checkpoint.across_tenants.count() == 1

    first, second = run.succeed(), run.succeed()
    assert first.events_count == second.events_count


def test_a_missing_report_is_noticed(bench: Bench) -> None:
    run = bench.run()
    run.sequence += 1
    with pytest.raises(SequenceGap):
        run.report()


def test_a_checkpoint_whose_files_did_not_arrive_does_not_count(bench: Bench) -> None:
    run = bench.run()
    run.train(5, step=10)
    file = run.upload_checkpoint(10, b"damaged on the way")
    with pytest.raises(NotUploaded):
        run.register_checkpoint(10, file.model_copy(update={"sha256": "0" * 64}))
    assert run.job.checkpoints_count == 0
    assert bench.billed_micros(run.job) == 0


def test_time_that_cannot_have_passed_is_not_billed(bench: Bench) -> None:
    run = bench.run()
    run.train(5, step=10, total=500)
    run.checkpoint(10, seconds=500)
    assert bench.billed_micros(run.job) == 500  # five seconds on the database's clock


@pytest.mark.parametrize("state", ["queued", "paused"])
def test_a_job_that_no_worker_holds_is_cancelled_at_once(bench: Bench, state: str) -> None:
    job = bench.submit()
    if state == "paused":
        bench.pause(job)
    assert bench.cancel(job).state == "cancelled"
    assert bench.cancel(job).state == "cancelled"
    assert bench.held_micros() == 0


def test_a_running_job_is_cancelled_when_its_worker_lets_go(bench: Bench) -> None:
    run = bench.run()
    assert bench.cancel(run.job).state == "stopping"
    assert run.heartbeat() == {run.claim.attempt_id: DesiredState.CANCEL}
    assert run.report() == DesiredState.CANCEL
    run.finish(CancelledOutcome())
    run.finish(CancelledOutcome())
    assert (run.job.state, run.job.reason, run.attempt.state) == ("cancelled", "user_cancelled", "cancelled")
    assert bench.held_micros() == 0


def test_a_job_that_finished_before_its_cancel_was_heard_has_succeeded(bench: Bench) -> None:
    run = bench.run()
    bench.cancel(run.job)
    assert run.succeed().state == "succeeded"
    with pytest.raises(JobFinished):
        bench.cancel(run.job)


def test_pause_returns_the_hold_and_resume_goes_on_from_the_checkpoint(bench: Bench) -> None:
    run = bench.run()
    assert bench.pause(run.job).state == "stopping"
    assert run.train(10, step=20) == STOP
    run.checkpoint(20)
    run.finish()
    assert (run.job.state, run.job.reason) == ("paused", "user_paused")
    assert bench.held_micros() == 0

    assert bench.resume(run.job).state == "queued"
    assert bench.held_micros() == 60_000
    again = bench.claim()
    assert again is not None
    assert again.claim.resume is not None
    assert again.claim.resume.step == 20


def test_what_cannot_be_asked_of_a_job_is_a_conflict(bench: Bench) -> None:
    run = bench.run()
    with pytest.raises(JobNotPaused):
        bench.resume(run.job)
    bench.cancel(run.job)
    with pytest.raises(JobIsCancelling):
        bench.pause(run.job)
    run.finish(CancelledOutcome())
    for act in (bench.pause, bench.resume):
        with pytest.raises(JobFinished):
            act(run.job)
