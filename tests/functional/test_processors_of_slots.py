"""The slots of a CPU host have processors of their own: a neighbour takes none of a training's."""

import os
from pathlib import Path

import psutil
import pytest

from tests.support.embedded import Embedded, running
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)
AVAILABLE = os.sched_getaffinity(0)


def processors_of(process: psutil.Process) -> set[int]:
    """Those on which any thread of ``process`` may run."""
    return {cpu for thread in process.threads() for cpu in os.sched_getaffinity(thread.id)}


def trainings(platform: Embedded, jobs: list[str]) -> list[psutil.Process] | None:
    """The engines of ``jobs``, once all of them train."""
    with platform.client() as client:
        if any(client.jobs.get(job).progress.step == 0 for job in jobs):
            return None
    engines = platform.engines()
    return engines if len(engines) == len(jobs) else None


@pytest.mark.skipif(len(AVAILABLE) < 2, reason="two slots need a processor each")
def test_each_engine_keeps_to_the_processors_of_its_slot(tmp_path: Path) -> None:
    settings = {"TRAINYARD_WORKER_SLOTS": "2", "TRAINYARD_WORKER_THREADS_PER_SLOT": "1"}
    with running(tmp_path / "data", **settings) as platform:
        with platform.client() as client:
            spec = table_spec(upload_table(client, tmp_path), epochs=5_000, batch_size=8)
            jobs = [client.jobs.submit(spec).id for _ in range(2)]
        first, second = map(processors_of, wait_for(lambda: trainings(platform, jobs), seconds=120))
        share = len(AVAILABLE) // 2
        assert (len(first), len(second)) == (share, share)
        assert not first & second
        assert first | second <= AVAILABLE
