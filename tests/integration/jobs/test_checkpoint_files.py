"""Files of checkpoints: kept while a job may go on from them, deleted afterwards."""

import pytest

from tests.support.jobs import Bench, Run
from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.jobs.models import Checkpoint, Job, UploadedFile
from trainyard.jobs.reporting import checkpoints

DAY = 86_400


def steps_with_files(run: Run) -> list[int]:
    kept = []
    for checkpoint in Checkpoint.across_tenants.filter(job=run.job).select_related("attempt").order_by("step"):
        try:
            blob_store().open(f"{checkpoint.blob_prefix}/weights.safetensors").close()
            kept.append(checkpoint.step)
        except BlobNotFound:
            assert checkpoint.pruned_at is not None
    return kept


@pytest.fixture
def run(bench: Bench) -> Run:
    run = bench.run()
    for step in (10, 20, 30):
        run.train(1, step=step)
        run.checkpoint(step)
    return run


def test_a_running_job_keeps_its_newest(bench: Bench, run: Run) -> None:
    assert checkpoints.prune(now=bench.now) == 1
    assert checkpoints.prune(now=bench.now) == 0
    assert steps_with_files(run) == [20, 30]
    bench.lose_lease()
    again = bench.claim()
    assert again is not None
    assert again.claim.resume is not None
    assert again.claim.resume.step == 30


def test_a_job_keeps_as_many_as_its_spec_says(bench: Bench) -> None:
    run = bench.run(training={"checkpoint": {"max_to_keep": 3}})
    for step in (10, 20, 30, 40):
        run.checkpoint(step)
    checkpoints.prune(now=bench.now)
    assert steps_with_files(run) == [20, 30, 40]


def test_a_job_of_an_earlier_release_keeps_as_many_as_its_stored_spec_says(bench: Bench) -> None:
    run = bench.run()
    training = run.job.spec["training"] | {"checkpoint": {"every_steps": 10, "keep": 3}}
    Job.across_tenants.filter(id=run.job.id).update(spec=run.job.spec | {"training": training})
    for step in (10, 20, 30, 40):
        run.checkpoint(step)
    checkpoints.prune(now=bench.now)
    assert steps_with_files(run) == [20, 30, 40]


def test_a_finished_job_keeps_them_for_a_day(bench: Bench, run: Run) -> None:
    run.succeed()
    assert checkpoints.prune(now=bench.now) == 0
    bench.pass_time(DAY + 1)
    assert checkpoints.prune(now=bench.now) == 3
    assert steps_with_files(run) == []


def test_a_paused_job_keeps_them_for_as_long_as_it_takes(bench: Bench, run: Run) -> None:
    bench.pause(run.job)
    run.finish()
    bench.pass_time(100 * DAY)
    checkpoints.prune(now=bench.now)
    assert steps_with_files(run) == [20, 30]


class Crash(BaseException):
    """The process ends here."""


def test_a_crash_between_files_and_row_is_made_good_by_the_next_run(
    bench: Bench, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = type(blob_store())
    delete = store.delete_prefix

    def delete_and_crash(self: object, prefix: str) -> None:
        delete(self, prefix)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(store, "delete_prefix", delete_and_crash)
        with pytest.raises(Crash):
            checkpoints.prune(now=bench.now)
    assert checkpoints.prune(now=bench.now) == 1
    assert steps_with_files(run) == [20, 30]


def test_what_was_registered_is_not_remembered_as_an_upload(run: Run) -> None:
    assert UploadedFile.across_tenants.count() == 0
    run.upload_checkpoint(40)
    assert UploadedFile.across_tenants.count() == 1
