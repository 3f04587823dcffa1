"""No room on a worker's disk and in the store: jobs pause, keep what was acknowledged, and go on when there is room."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support import fault_scenarios as jobs
from tests.support.fault_scale import time_limit, times
from tests.support.sample_jobs import upload_table
from tests.support.site import Site, running_site
from tests.support.waiting import wait_for
from trainyard_client import Client

pytestmark = time_limit(quick=600, full=3_600)

ROUNDS = times(quick=1, full=5)
EPOCHS = times(quick=30, full=60)
MEBIBYTE = 2**20
DISK_BYTES = 64 * MEBIBYTE
MIN_FREE = {"TRAINYARD_WORKER_MIN_FREE_BYTES": str(8 * MEBIBYTE)}
NO_LEASE_ENDS = {"TRAINYARD_LEASE_SECONDS": "60"}
"""However slow the machine: an attempt more would be of another cause."""
BALLAST = "ballast"


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """A file system of its own at ``path`` that holds ``DISK_BYTES``."""
    path.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(path)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(disk: Path) -> None:
    """Leaves not a byte."""
    with (disk / BALLAST).open("wb", buffering=0) as file:
        chunk = MEBIBYTE
        while chunk:
            try:
                file.write(bytes(chunk))
            except OSError:
                chunk //= 2


def make_room(disk: Path) -> None:
    (disk / BALLAST).unlink()


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The store's and that of the first worker."""
    data = tmp_path_factory.mktemp("disks") / "data"
    with ExitStack() as stack:
        yield {name: stack.enter_context(small_disk(data / name)) for name in ("blobs", "worker-1")}


@pytest.fixture(scope="module")
def site(disks: dict[str, Path]) -> Iterator[Site]:
    with running_site(disks["blobs"].parents[1], **MIN_FREE, **NO_LEASE_ENDS) as site:
        yield site


def test_jobs_wait_for_room_and_go_on_from_what_was_acknowledged(
    site: Site, client: Client, disks: dict[str, Path], tmp_path: Path, tell: Callable[[str], None]
) -> None:
    spec = jobs.spec(upload_table(client, tmp_path), epochs=EPOCHS)
    undisturbed = client.jobs.wait(client.jobs.submit(spec).id)
    waited = []
    for _ in range(ROUNDS):
        # The worker's disk first: a full store would pause both jobs.
        on_the_worker = jobs.training_on(site, client, spec, "worker-1")
        fill(disks["worker-1"])
        assert client.jobs.wait(on_the_worker.id).state == "paused"
        in_the_store = jobs.training_on(site, client, spec, "worker-2")
        fill(disks["blobs"])
        assert client.jobs.wait(in_the_store.id).state == "paused"
        paused = [on_the_worker.id, in_the_store.id]
        assert [client.jobs.get(job_id).reason for job_id in paused] == ["storage", "storage"]
        acknowledged = [last_checkpoint(site, job_id) for job_id in paused]
        for disk in disks.values():
            make_room(disk)
        wait_for(lambda: all(len(client.jobs.attempts(each)) > 1 for each in paused), seconds=jobs.SOON_SECONDS)  # noqa: B023
        for job_id, step in zip(paused, acknowledged, strict=True):
            first, second = jobs.attempts(client, job_id)
            assert second["start_step"] in {0, step}  # 0 until it has begun
            waited.append(jobs.seconds_between(first["ended_at"], second["claimed_at"]))
        for job_id, step in zip(paused, acknowledged, strict=True):
            ended = client.jobs.wait(job_id)
            assert ended.state == "succeeded"
            assert jobs.attempts(client, job_id)[1]["start_step"] == step
            assert jobs.weights_of(client, ended) == jobs.weights_of(client, undisturbed)
    tell(f"{ROUNDS} full disks of a worker, {ROUNDS} full stores: {2 * ROUNDS} jobs paused with reason storage")
    tell(f"all went on from the last acknowledged checkpoint, bit-identical; paused -> claimed: {jobs.spread(waited)}")


def last_checkpoint(site: Site, job_id: str) -> int:
    """The furthest step that was acknowledged."""
    return max(checkpoint["step"] for checkpoint in site.get(f"/jobs/{job_id}/checkpoints?limit=100")["data"])
