"""A job's way through its states, as workers and customers push it."""

import pytest

from tests.support.jobs import START, Bench, Run
from trainyard.billing.queries import job_cost, wallet
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.attempts import StaleFence
from trainyard.jobs.control import JobFinished, JobIsCancelling, JobNotPaused, LimitReached
from trainyard.jobs.finishing import INFRASTRUCTURE_RETRIES
from trainyard.jobs.models import Checkpoint, Event, Job
from trainyard.jobs.reports import SequenceGap
from trainyard.jobs.uploads import NotUploaded
from trainyard_spec.engine_protocol import Log
from trainyard_spec.files import FileEntry
from trainyard_spec.states import DesiredState, Reason
from trainyard_spec.worker_protocol import CancelledOutcome

STOP = DesiredState.STOP_WITH_CHECKPOINT


def events_of(job: Job) -> list[tuple[str, str, str]]:
    rows = Event.across_tenants.filter(job=job).order_by("sequence")
    return [(event.from_state, event.to_state, event.reason) for event in rows if event.to_state]


def billed_micros(bench: Bench, job: Job) -> int:
    with tenant_scope(bench.organization.id):
        return job_cost(job_id=job.id).billed_micros


def held_micros(bench: Bench) -> int:
    with tenant_scope(bench.organization.id):
        return wallet().held_micros


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
    assert billed_micros(bench, job) == 1_000  # 10 s at 0.0001
    assert held_micros(bench) == 0


def test_events_of_a_job_are_numbered_without_gaps(bench: Bench) -> None:
    run = bench.run()
    run.checkpoint(10)
    job = run.succeed()
    sequences = Event.across_tenants.filter(job=job).order_by("sequence").values_list("sequence", flat=True)
    assert list(sequences) == list(range(1, job.events_count + 1))


def test_a_lost_worker_puts_the_job_back_and_the_next_attempt_goes_on_from_the_checkpoint(bench: Bench) -> None:
    first = bench.run()
    first.train(10, step=20)
    first.checkpoint(20)
    first.train(5, step=30)

    assert bench.lose_lease() == 1
    assert (first.job.state, first.job.reason) == ("queued", "worker_lost")
    assert (first.attempt.state, first.attempt.ended_at) == ("lost", bench.now)

    second = bench.claim()
    assert second is not None
    assert second.claim.fence == 2
    assert second.claim.resume is not None
    assert second.claim.resume.step == 20
    second.start()
    second.train(10, step=40)
    assert billed_micros(bench, second.succeed()) == 2_000  # the 5 s after the checkpoint were never kept


def test_a_lease_that_was_renewed_does_not_expire(bench: Bench) -> None:
    run = bench.run()
    for _ in range(3):
        bench.pass_time(50)
        assert run.heartbeat() == {run.claim.attempt_id: DesiredState.RUN}
    bench.pass_time(59)
    assert bench.lose_lease() == 1  # by then 120 seconds went by without a word


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
    billed = billed_micros(bench, run.job)

    assert run.repeat_report(Log(message="again")) == DesiredState.RUN
    assert run.repeat_report(Log(message="again"), sequence=1) == DesiredState.RUN
    run.upload_checkpoint(10, b"other content")
    assert run.register_checkpoint(10, file) == DesiredState.RUN

    assert Job.across_tenants.values().get(id=run.claim.job_id) == before
    assert billed_micros(bench, run.job) == billed
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
    assert billed_micros(bench, run.job) == 0


def test_time_that_cannot_have_passed_is_not_billed(bench: Bench) -> None:
    run = bench.run()
    run.train(5, step=10, total=500)
    run.checkpoint(10, seconds=500)
    assert billed_micros(bench, run.job) == 500  # five seconds on the database's clock


@pytest.mark.parametrize("state", ["queued", "paused"])
def test_a_job_that_no_worker_holds_is_cancelled_at_once(bench: Bench, state: str) -> None:
    job = bench.submit()
    if state == "paused":
        bench.pause(job)
    assert bench.cancel(job).state == "cancelled"
    assert bench.cancel(job).state == "cancelled"
    assert held_micros(bench) == 0


def test_a_running_job_is_cancelled_when_its_worker_lets_go(bench: Bench) -> None:
    run = bench.run()
    assert bench.cancel(run.job).state == "stopping"
    assert run.heartbeat() == {run.claim.attempt_id: DesiredState.CANCEL}
    assert run.report() == DesiredState.CANCEL
    run.finish(CancelledOutcome())
    run.finish(CancelledOutcome())
    assert (run.job.state, run.job.reason, run.attempt.state) == ("cancelled", "user", "cancelled")
    assert held_micros(bench) == 0


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
    assert (run.job.state, run.job.reason) == ("paused", "user")
    assert held_micros(bench) == 0

    assert bench.resume(run.job).state == "queued"
    assert held_micros(bench) == 5_000_000 - 1_000
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


def test_a_job_that_nears_its_cap_stops_with_a_checkpoint_and_goes_on_under_a_higher_one(bench: Bench) -> None:
    run = bench.run(limits={"max_cost": "0.001"})  # 10 s
    assert run.train(7, step=10) == DesiredState.RUN
    assert run.train(1.5, step=20) == STOP
    assert (run.job.state, run.job.reason) == ("stopping", "cap_reached")
    run.checkpoint(20)
    run.finish()
    assert (run.job.state, run.job.reason) == ("paused", "cap_reached")
    assert billed_micros(bench, run.job) == 850

    with pytest.raises(LimitReached):
        bench.resume(run.job)
    job = bench.resume(run.job, max_cost_micros=2_000)
    assert (job.state, job.cap_micros, job.spec["limits"]["max_cost"]) == ("queued", 2_000, "0.002000")


def test_a_cap_is_never_passed_even_when_the_worker_could_not_be_told(bench: Bench) -> None:
    run = bench.run(limits={"max_cost": "0.001"})
    bench.pass_time(3_600)
    run.checkpoint(40)
    assert billed_micros(bench, run.succeed()) == 1_000


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
    assert (run.job.state, run.job.reason, run.job.infrastructure_failures) == ("queued", "drained", 0)


def test_a_draining_worker_gives_its_jobs_back_and_takes_none(bench: Bench) -> None:
    run = bench.run()
    type(bench.worker).objects.filter(id=bench.worker.id).update(state="draining")
    assert run.heartbeat() == {run.claim.attempt_id: STOP}
    run.finish()
    assert (run.job.state, run.job.reason) == ("queued", "drained")
    assert bench.claim() is None


def test_a_pause_outranks_a_drain(bench: Bench) -> None:
    run = bench.run()
    type(bench.worker).objects.filter(id=bench.worker.id).update(state="draining")
    run.heartbeat()
    bench.pause(run.job)
    run.heartbeat()
    run.finish()
    assert (run.job.state, run.job.reason) == ("paused", "user")


def test_a_fault_of_the_user_fails_the_job_at_once(bench: Bench) -> None:
    run = bench.run()
    run.fail("user", code="loss_not_finite")
    assert (run.job.state, run.job.reason) == ("failed", "user_fault")
    assert run.job.error == {"code": "loss_not_finite", "message": "It broke.", "hint": "Mend it."}
    assert held_micros(bench) == 0


def _claimed(bench: Bench) -> Run:
    run = bench.claim()
    assert run is not None
    return run


def test_faults_of_the_infrastructure_are_tried_again_until_there_are_too_many(bench: Bench) -> None:
    run = bench.run()
    for _ in range(INFRASTRUCTURE_RETRIES):
        run.fail("infrastructure")
        assert (run.job.state, run.job.reason) == ("queued", "infrastructure")
        run = _claimed(bench)
    run.fail("infrastructure")
    assert (run.job.state, run.job.reason) == ("failed", "infrastructure")
    assert run.job.error["code"] == "infrastructure"
    assert held_micros(bench) == 0


def test_a_new_checkpoint_gives_all_retries_back(bench: Bench) -> None:
    run = bench.run()
    run.fail("infrastructure")
    bench.lose_lease()
    run = _claimed(bench).start()
    assert run.job.infrastructure_failures == 1
    run.checkpoint(10)
    assert run.job.infrastructure_failures == 0


@pytest.mark.parametrize(("ask", "state"), [("cancel", "cancelled"), ("pause", "paused")], ids=["cancel", "pause"])
def test_a_worker_lost_on_the_way_down_leaves_what_was_asked_for(bench: Bench, ask: str, state: str) -> None:
    run = bench.run()
    getattr(bench, ask)(run.job)
    bench.lose_lease()
    assert (run.job.state, run.job.reason) == (state, Reason.USER)
    assert held_micros(bench) == 0
