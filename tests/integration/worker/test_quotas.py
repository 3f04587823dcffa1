"""What an attempt takes of disk and memory is bounded as a whole, and said where it was too much."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from worker_bench import STARTED, supervisor_for

from trainyard_worker import confinement
from trainyard_worker.confinement import Confinement
from trainyard_worker.forkserver_client import ForkServerClient
from trainyard_worker.testing import ControlPlaneDouble

MEBIBYTE = 2**20
PART = Confinement(slot_memory_bytes=256 * MEBIBYTE, slot_disk_bytes=8 * MEBIBYTE)


@pytest.fixture(autouse=True)
def supervisor(
    control_plane: ControlPlaneDouble,
    forkserver: ForkServerClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    monkeypatch.setattr(confinement, "LEAST_MEMORY_BYTES", PART.slot_memory_bytes)
    with ExitStack() as stack:
        started = supervisor_for(control_plane, forkserver, tmp_path / "state", stack, confinement=PART)
        started.start()
        stack.callback(started.stop, grace_seconds=0)
        yield


def test_a_disk_filled_by_many_files_ends_the_attempt_with_what_it_had_kept(control_plane: ControlPlaneDouble) -> None:
    attempt = control_plane.offer([{"say": STARTED}, {"checkpoint": 10}, {"litter": 16}, {"wait_for": "/never"}])
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("user", "disk_quota_exceeded")
    assert "more than 8 MiB of disk" in attempt.outcome.failure.message
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [10]


def test_processes_of_which_each_keeps_to_its_limit_may_not_pass_it_together(control_plane: ControlPlaneDouble) -> None:
    attempt = control_plane.offer([{"say": STARTED}, {"hoard": 100}])
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("user", "memory_quota_exceeded")


def test_an_attempt_within_its_part_is_left_alone(control_plane: ControlPlaneDouble) -> None:
    attempt = control_plane.offer([{"say": STARTED}, {"litter": 4}, {"finish": 20}])
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    assert attempt.outcome.outcome == "succeeded"
