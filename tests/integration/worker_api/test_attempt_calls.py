"""The calls of a worker about its attempt."""

from typing import Any

import pytest

from tests.support.jobs import ROWS, Bench, entry_of, started
from tests.support.queries import table_queries
from tests.support.worker_calls import WorkerCaller
from trainyard.core.blobs import blob_store
from trainyard.jobs.models import Attempt, Checkpoint, Job, LogLine
from trainyard.registry.models import Model

WRITES = {
    "reports": lambda worker, fence: worker.report(fence=fence, sequence=1),
    "upload": lambda worker, fence: worker.upload_checkpoint(10, fence=fence),
    "checkpoint": lambda worker, fence: worker.register_checkpoint(10, fence=fence),
    "model": lambda worker, fence: worker.upload_model(fence=fence),
    "succeeded": lambda worker, fence: worker.succeed(fence=fence),
    "stopped": lambda worker, fence: worker.finish({"outcome": "stopped"}, fence=fence),
}


@pytest.fixture
def job(bench: Bench) -> Job:
    return bench.submit()


def state_of(job: Job) -> tuple[str, str]:
    job.refresh_from_db()
    return job.state, job.reason


def test_nothing_to_claim(worker: WorkerCaller, bench: Bench) -> None:
    answer = worker.claim()
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_claim_brings_everything_to_begin_with(worker: WorkerCaller, bench: Bench, job: Job) -> None:
    claim = worker.claim().json()
    assert (claim["job_id"], claim["fence"], claim["resume"]) == (job.id, 1, None)
    assert claim["spec"] == job.spec
    assert claim["dataset_key"] == bench.version.id
    assert claim["dataset_files"] == [entry_of("numeric.npy", ROWS).model_dump()]
    assert state_of(job) == ("starting", "claimed")
    assert worker.claim().status_code == 204  # its one slot is taken


def test_a_worker_that_is_not_active_gets_nothing(worker: WorkerCaller, bench: Bench, job: Job) -> None:
    for state in ("cordoned", "draining"):
        type(bench.worker).objects.filter(id=bench.worker.id).update(state=state)
        assert worker.claim().status_code == 204


def test_from_claim_to_model(worker: WorkerCaller, bench: Bench, job: Job) -> None:
    worker.claim()
    assert b"".join(worker.get(f"{worker.path}/dataset/numeric.npy").streaming_content) == ROWS
    assert worker.start().json() == {"desired": "run"}
    assert state_of(job) == ("running", "training")
    assert worker.upload_checkpoint(10).status_code == 204
    assert worker.register_checkpoint(10).json() == {"desired": "run"}
    assert worker.upload_model().status_code == 204
    assert worker.succeed().status_code == 204
    assert worker.succeed().status_code == 204
    closed = worker.get(f"{worker.path}/dataset/numeric.npy")
    assert (closed.status_code, closed.json()["code"]) == (409, "stale_fence"), "it is read during the attempt alone"
    assert state_of(job) == ("succeeded", "completed")
    assert Model.across_tenants.get(job=job).weights_sha256 == "0" * 64


def test_the_next_worker_gets_the_files_of_the_checkpoint(
    worker: WorkerCaller, stranger: WorkerCaller, bench: Bench, job: Job
) -> None:
    worker.claim()
    worker.start()
    for step, content in ((10, b"older"), (20, b"newer")):
        worker.upload_checkpoint(step, content)
        worker.register_checkpoint(step, content)
    worker.finish({"outcome": "stopped"})
    claim = stranger.claim().json()
    assert claim["resume"] == {"step": 20, "files": [entry_of("weights.bin", b"newer").model_dump()]}
    assert claim["earlier"] == [{"step": 10, "files": [entry_of("weights.bin", b"older").model_dump()]}]
    for step, content in ((20, b"newer"), (10, b"older")):
        files = f"{stranger.path}/checkpoints/{step}/files"
        assert b"".join(stranger.get(f"{files}/weights.bin").streaming_content) == content
        assert stranger.get(f"{files}/other.bin").status_code == 404
    assert stranger.get(f"{stranger.path}/checkpoints/15/files/weights.bin").status_code == 404


def test_a_file_that_was_cut_off_in_the_store_is_not_sent(worker: WorkerCaller, bench: Bench, job: Job) -> None:
    worker.claim()
    worker.start()
    worker.upload_checkpoint(10, b"weights")
    worker.register_checkpoint(10, b"weights")
    prefix = Checkpoint.across_tenants.select_related("attempt").get().blob_prefix
    blob_store().put(f"{prefix}/weights.bin", [b"weig"])
    worker.finish({"outcome": "stopped"})
    worker.claim()
    answer = worker.get(f"{worker.path}/checkpoints/10/files/weights.bin")
    assert (answer.status_code, "damaged" in answer.json()["detail"]) == (404, True)


def test_a_first_attempt_has_no_checkpoint_to_get(worker: WorkerCaller, job: Job) -> None:
    worker.claim()
    assert worker.get(f"{worker.path}/checkpoints/10/files/weights.bin").status_code == 404
    assert worker.get(f"{worker.path}/dataset/secrets.npy").status_code == 404


@pytest.mark.parametrize("write", WRITES)
def test_a_stale_fence_is_refused_everywhere(
    worker: WorkerCaller, stranger: WorkerCaller, bench: Bench, job: Job, write: str
) -> None:
    worker.claim()
    worker.start()
    worker.finish({"outcome": "cancelled"})
    stranger.claim()
    answer = WRITES[write](worker, 1)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_fence")
    assert state_of(job) == ("starting", "claimed")


@pytest.mark.parametrize("write", WRITES)
def test_a_fence_that_was_never_given_out_is_refused(worker: WorkerCaller, job: Job, write: str) -> None:
    worker.claim()
    answer = WRITES[write](worker, 7)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_fence")


@pytest.mark.parametrize("write", WRITES)
def test_another_workers_attempt_does_not_exist(
    worker: WorkerCaller, stranger: WorkerCaller, job: Job, write: str
) -> None:
    worker.claim()
    stranger.attempt = worker.attempt
    assert WRITES[write](stranger, 1).status_code == 404
    for path in ("dataset/numeric.npy", "checkpoint/weights.bin"):
        assert stranger.get(f"{stranger.path}/{path}").status_code == 404
    assert stranger.post("/heartbeat", {"attempts": [worker.attempt]}).json()["desired"] == {}


def test_repeated_reports_change_nothing(worker: WorkerCaller, bench: Bench, job: Job) -> None:
    worker.claim()
    line = {"type": "log", "message": "Once."}
    for _ in range(3):
        assert worker.report(started().model_dump(mode="json"), line, sequence=1).status_code == 200
    assert LogLine.across_tenants.count() == 1
    gap = worker.report(sequence=3)
    assert (gap.status_code, gap.json()["code"]) == (409, "sequence_gap")


def test_every_call_renews_the_lease(worker: WorkerCaller, job: Job) -> None:
    worker.claim()
    calls: list[Any] = [
        worker.start,
        lambda: worker.report(sequence=1),
        lambda: (worker.upload_checkpoint(10), worker.register_checkpoint(10)),
        lambda: worker.post("/heartbeat", {"attempts": [worker.attempt]}),
    ]
    for call in calls:
        Attempt.across_tenants.update(lease_expires_at=job.created_at)
        call()
        assert Attempt.across_tenants.get().lease_expires_at > job.created_at


def test_a_customers_wish_reaches_the_worker(worker: WorkerCaller, bench: Bench, job: Job) -> None:
    worker.claim()
    worker.start()
    bench.pause(job)
    assert worker.report().json() == {"desired": "stop_with_checkpoint"}
    bench.cancel(job)
    held = worker.post("/heartbeat", {"attempts": [worker.attempt]}).json()
    assert held["desired"] == {worker.attempt["attempt_id"]: "cancel"}
    assert worker.finish({"outcome": "cancelled"}).status_code == 204
    assert worker.finish({"outcome": "cancelled"}).status_code == 204
    assert state_of(job) == ("cancelled", "user_cancelled")


def test_a_checkpoint_that_did_not_arrive_whole_is_not_registered(worker: WorkerCaller, job: Job) -> None:
    worker.claim()
    worker.start()
    worker.upload_checkpoint(10, b"weigh")
    answer = worker.register_checkpoint(10, b"weights")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_uploaded")
    worker.upload_checkpoint(10, b"weights")
    assert worker.register_checkpoint(10, b"weights").status_code == 200


def test_a_model_that_did_not_arrive_whole_is_not_finished(worker: WorkerCaller, job: Job) -> None:
    worker.claim()
    worker.start()
    answer = worker.succeed()
    assert (answer.status_code, answer.json()["code"]) == (409, "not_uploaded")
    assert state_of(job) == ("running", "training")


@pytest.mark.parametrize("name", ["..%2Fescape", ".hidden", "a b"])
def test_a_file_name_cannot_leave_its_place(worker: WorkerCaller, job: Job, name: str) -> None:
    worker.claim()
    for path in (f"checkpoints/10/files/{name}", f"model/{name}"):
        assert worker.put(f"{worker.path}/{path}?fence=1", b"x").status_code in {400, 404}


def test_an_upload_says_its_fence_and_keeps_to_the_size(worker: WorkerCaller, job: Job, settings: Any) -> None:
    worker.claim()
    path = f"{worker.path}/model/config.json"
    assert worker.put(path, b"x").json()["errors"][0]["field"] == "fence"
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"max_upload_bytes": 3})
    answer = worker.put(f"{path}?fence=1", b"four")
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")


def test_a_report_asks_the_database_as_often_for_many_messages_as_for_one(worker: WorkerCaller, job: Job) -> None:
    worker.claim()
    worker.start()
    progress = {
        "type": "progress",
        "epoch": 1,
        "step": 10,
        "total_steps": 40,
        "samples_per_second": 9.0,
        "trained_seconds": 0.1,
    }
    metrics = [{"type": "metrics", "steps": [n], "values": {"loss": [0.5]}} for n in range(20)]
    for messages in ([progress, metrics[0]], [progress, *metrics]):
        with table_queries(12, messages=10):
            assert worker.report(*messages).status_code == 200
