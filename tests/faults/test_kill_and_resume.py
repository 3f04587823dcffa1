"""On the embedded platform: a killed engine, a cancel, a pause; whatever ends, ends with the very same bits."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.embedded import Embedded, running
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.waiting import wait_for
from trainyard_client import Client
from trainyard_client.types import Job

pytestmark = pytest.mark.timeout(600)

LONG_ENOUGH_TO_KILL = {"epochs": 20, "batch_size": 8, "checkpoint": {"every_steps": 50}}
KILLED_ONCE_CHECKPOINTED = 3


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A platform that notices a lost worker within seconds."""
    quick = {
        "TRAINYARD_HEARTBEAT_SECONDS": "1",
        # Longer than the web process needs to come back, or the jobs would be taken for lost meanwhile.
        "TRAINYARD_LEASE_SECONDS": "8",
        "TRAINYARD_WORKER_REPORT_SECONDS": "0.25",
    }
    with running(tmp_path_factory.mktemp("faults") / "data", **quick) as platform:
        yield platform


@pytest.fixture(scope="module")
def client(platform: Embedded) -> Iterator[Client]:
    with platform.client() as client:
        yield client


@pytest.fixture(scope="module")
def undisturbed(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The finished job that nobody disturbed."""
    version = upload_table(client, tmp_path_factory.mktemp("data"))
    job = client.jobs.wait(client.jobs.submit(table_spec(version, **LONG_ENOUGH_TO_KILL)).id)
    assert job.state == "succeeded"
    return job


def submit_again(client: Client, job: Job) -> Job:
    """The same spec once more, waited for until some checkpoints are registered."""
    again = client.jobs.submit(dict(job["spec"]))

    def training() -> bool:
        seen = client.jobs.get(again.id)
        assert not seen.finished, "the job ended before it could be killed; make it longer"
        return bool(seen["checkpoints_count"] >= KILLED_ONCE_CHECKPOINTED)

    wait_for(training, seconds=60)
    return again


def assert_same_result(client: Client, first: Job, second: Job) -> None:
    assert second.state == "succeeded"
    assert first.model_id is not None
    assert second.model_id is not None
    assert client.models.get(second.model_id).weights_sha256 == client.models.get(first.model_id).weights_sha256
    assert second.test_metrics == first.test_metrics
    names = ("train_loss", "val_loss")
    assert client.jobs.metrics(second.id, names=names).data == client.jobs.metrics(first.id, names=names).data


def assert_billed_once(client: Client, job: Job) -> None:
    """Each attempt's kept time stands on the bill once, and the lines add up to the job's cost."""
    billed = [line for line in client.jobs.usage(job.id) if line.billed]
    for line, following in pairwise(sorted(billed, key=lambda line: line.started_at)):
        assert line.ended_at <= following.started_at
    assert sum(line.amount for line in billed) == job.cost.billed
    assert job.cost.held == 0


def test_a_killed_engine_costs_nothing_but_time(platform: Embedded, client: Client, undisturbed: Job) -> None:
    job = submit_again(client, undisturbed)
    for engine in platform.engines():
        engine.kill()
    ended = client.jobs.wait(job.id)
    assert_same_result(client, undisturbed, ended)
    assert_billed_once(client, ended)
    assert fences(client, job) == [1, 2]


def fences(client: Client, job: Job) -> list[int]:
    """The fences in the job's event log in order of first appearance; they may only grow."""
    seen = [event["attempt"] for event in sorted(client.jobs.events(job.id), key=lambda event: event["sequence"])]
    numbered = list(dict.fromkeys(fence for fence in seen if fence))
    assert all(earlier < later for earlier, later in pairwise(numbered))
    return numbered


def test_cancel_ends_the_engine_and_releases_the_money(platform: Embedded, client: Client, undisturbed: Job) -> None:
    job = submit_again(client, undisturbed)
    client.jobs.cancel(job.id)
    ended = client.jobs.wait(job.id)
    assert ended.state == "cancelled"
    assert ended.cost.held == 0
    wait_for(lambda: not platform.engines())


def test_pause_and_resume_end_with_the_same_bits(client: Client, undisturbed: Job, tmp_path: Path) -> None:
    job = submit_again(client, undisturbed)
    client.jobs.pause(job.id)
    assert client.jobs.wait(job.id).state == "paused"
    client.jobs.resume(job.id)
    wait_for(lambda: client.jobs.get(job.id).state != "paused")
    ended = client.jobs.wait(job.id)
    assert_same_result(client, undisturbed, ended)
    assert_billed_once(client, ended)


def test_a_killed_training_that_starts_from_a_model_ends_with_the_same_bits(
    platform: Embedded, client: Client, undisturbed: Job
) -> None:
    """The next attempt is given the model anew, and goes on from its own checkpoint."""
    spec = {**undisturbed["spec"], "init_from": undisturbed.model_id}
    child = client.jobs.wait(client.jobs.submit(spec).id)
    assert child.state == "succeeded", child.error
    job = submit_again(client, child)
    for engine in platform.engines():
        engine.kill()
    ended = client.jobs.wait(job.id)
    assert_same_result(client, child, ended)
    assert_billed_once(client, ended)
    assert fences(client, job) == [1, 2]
    assert ended.model_id is not None
    assert client.models.get(ended.model_id).init_from == undisturbed.model_id
    assert child.test_metrics != undisturbed.test_metrics
