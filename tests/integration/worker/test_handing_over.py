"""A worker that is started again hands over what the one before left, and lets go of the rest at once."""

import signal
from collections.abc import Callable
from pathlib import Path

from worker_bench import STARTED, WorkerSubprocess

from tests.support.waiting import wait_for
from trainyard_worker.leftovers import WRITTEN_FILE
from trainyard_worker.testing import AttemptRecord, ControlPlaneDouble

StartWorker = Callable[..., WorkerSubprocess]

UPLOAD = r"/attempts/att_1/checkpoints/\d+/files/.*"
REGISTER = "/attempts/att_1/checkpoints"


def trained_until(step: int) -> list[dict[str, object]]:
    measured = {"say": {"type": "metrics", "steps": [step], "values": {"loss": [0.5]}}}
    return [{"say": STARTED}, measured, {"checkpoint": step}, {"wait_for": "/never"}]


def cut_off_with_a_checkpoint(control_plane: ControlPlaneDouble, worker: WorkerSubprocess) -> AttemptRecord:
    """An attempt whose checkpoint is complete on the worker's disk and cannot be uploaded."""
    attempt = control_plane.attempts["att_1"]
    control_plane.wait_until(lambda: attempt.said("metrics"), "its metrics arrived")
    control_plane.wait_until(lambda: control_plane.count("PUT", UPLOAD) > 0, "the upload was tried")
    wait_for(lambda: any(worker.state_dir.rglob(WRITTEN_FILE)))  # delivered metrics mark it, beside the upload
    assert worker.process.poll() is None
    return attempt


def started_with(control_plane: ControlPlaneDouble, start_worker: StartWorker, **settings: str) -> WorkerSubprocess:
    control_plane.unavailable = UPLOAD
    control_plane.offer(trained_until(7))
    worker = start_worker(**settings)
    control_plane.wait_until(lambda: "att_1" in control_plane.attempts, "it was claimed")
    return worker


def check_handed_over(control_plane: ControlPlaneDouble, attempt: AttemptRecord, start_worker: StartWorker) -> None:
    waiting = control_plane.offer([{"finish": 1}])
    control_plane.unavailable = ""
    worker = start_worker()
    control_plane.wait_until(lambda: waiting.outcome, "the new process works")
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [7]
    assert attempt.uploads[7, "weights.safetensors"] == b"w7"
    assert attempt.lost
    worker.wait_for_error("leftover.handed_over")
    calls = control_plane.calls
    assert calls.index(("POST", REGISTER)) < len(calls) - calls[::-1].index(("POST", "/claim"))


def test_what_a_stop_had_no_time_to_upload_is_handed_over_by_the_next_process(
    control_plane: ControlPlaneDouble, start_worker: StartWorker, tmp_path: Path
) -> None:
    worker = started_with(control_plane, start_worker, stop_grace_seconds="0.2")
    attempt = cut_off_with_a_checkpoint(control_plane, worker)
    assert worker.end(signal.SIGTERM) == 0
    assert attempt.checkpoints == []
    check_handed_over(control_plane, attempt, start_worker)
    assert not (tmp_path / "state" / "attempts" / "att_1").exists()


def test_so_is_what_a_killed_worker_was_just_uploading(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    worker = started_with(control_plane, start_worker)
    attempt = cut_off_with_a_checkpoint(control_plane, worker)
    worker.end(signal.SIGKILL)
    check_handed_over(control_plane, attempt, start_worker)


def test_a_stop_before_it_was_handed_over_leaves_it_for_the_one_after(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    worker = started_with(control_plane, start_worker)
    attempt = cut_off_with_a_checkpoint(control_plane, worker)
    worker.end(signal.SIGKILL)
    tries = control_plane.count("PUT", UPLOAD)
    second = start_worker()
    control_plane.wait_until(lambda: control_plane.count("PUT", UPLOAD) > tries, "the second tried")
    assert not attempt.lost
    assert second.end(signal.SIGTERM) == 0
    check_handed_over(control_plane, attempt, start_worker)


def test_what_is_outdated_or_damaged_is_dropped(
    control_plane: ControlPlaneDouble, start_worker: StartWorker, tmp_path: Path
) -> None:
    worker = started_with(control_plane, start_worker)
    attempt = cut_off_with_a_checkpoint(control_plane, worker)
    worker.end(signal.SIGKILL)
    attempt.lost = True
    control_plane.unavailable = ""
    second = start_worker()
    second.wait_for_error("leftover.refused")
    assert attempt.checkpoints == []

    weights = tmp_path / "state" / "attempts" / "att_9" / "held" / "step-0000000003" / "weights.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"half")
    second.end(signal.SIGTERM)
    start_worker().wait_for_error("leftover.removed")


def test_an_attempt_without_a_checkpoint_is_lost_as_soon_as_the_next_process_starts(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    attempt = control_plane.offer([{"say": STARTED}, {"wait_for": "/never"}])
    worker = start_worker()
    control_plane.wait_until(lambda: attempt.said("started"), "training started")
    worker.end(signal.SIGKILL)
    assert not attempt.lost
    start_worker()
    control_plane.wait_until(lambda: attempt.lost, "it was let go")
