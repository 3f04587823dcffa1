"""Files that an attempt uploaded and never registered go a day after its end; registered ones stay."""

import pytest

from tests.support.jobs import Bench, Run
from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.jobs.models import UploadedFile
from trainyard.jobs.reporting import uploaded_files
from trainyard.registry import purging

HOUR, DAY = 3_600, 86_400
FILE = "weights.safetensors"


def stored_steps(run: Run) -> list[int]:
    return [step for step in (10, 20) if is_stored(f"{run.attempt.blob_prefix}/checkpoints/{step}/{FILE}")]


def is_stored(key: str) -> bool:
    try:
        blob_store().open(key).close()
    except BlobNotFound:
        return False
    return True


@pytest.fixture
def run(bench: Bench) -> Run:
    """One checkpoint registered, another only uploaded."""
    run = bench.run()
    run.checkpoint(10)
    run.upload_checkpoint(20)
    return run


def test_uploads_of_an_attempt_under_way_stay(bench: Bench, run: Run) -> None:
    bench.pass_time(10 * DAY)
    assert purging.purge_uploads(now=bench.now) == 0
    assert stored_steps(run) == [10, 20]


def lost(bench: Bench) -> None:
    """The attempt is lost, and another goes on: nothing of the first is registered any more."""
    bench.lose_lease()
    assert bench.claim() is not None


def test_what_may_still_be_registered_late_stays(bench: Bench, run: Run) -> None:
    bench.lose_lease()
    bench.pass_time(10 * DAY)
    assert purging.purge_uploads(now=bench.now) == 0
    assert stored_steps(run) == [10, 20]


def test_they_go_a_day_after_the_attempts_end(bench: Bench, run: Run) -> None:
    lost(bench)
    bench.pass_time(23 * HOUR)
    assert purging.purge_uploads(now=bench.now) == 0
    bench.pass_time(HOUR)
    assert purging.purge_uploads(now=bench.now) == 1
    assert stored_steps(run) == [10]
    assert not UploadedFile.across_tenants.exists()
    assert purging.purge_uploads(now=bench.now) == 0


def test_an_upload_that_was_cut_off_leaves_nothing(bench: Bench, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    store = type(blob_store())
    put = store.put

    def put_and_crash(self: object, key: str, chunks: list[bytes]) -> None:
        put(self, key, chunks)
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(store, "put", put_and_crash)
        with pytest.raises(ConnectionError):
            run.upload_checkpoint(30)
    key = f"{run.attempt.blob_prefix}/checkpoints/30/{FILE}"
    assert is_stored(key)
    lost(bench)
    bench.pass_time(DAY)
    assert purging.purge_uploads(now=bench.now) == 2
    assert not is_stored(key)


def test_a_late_copy_of_a_registered_file_deletes_nothing(bench: Bench, run: Run) -> None:
    with run._scope():
        uploaded_files.receive(run.attempt, key=f"{run.attempt.blob_prefix}/checkpoints/10/{FILE}", chunks=[b"weights"])
    lost(bench)
    bench.pass_time(DAY)
    purging.purge_uploads(now=bench.now)
    assert stored_steps(run) == [10]
    assert not UploadedFile.across_tenants.exists()
