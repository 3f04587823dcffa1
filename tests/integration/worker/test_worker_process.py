"""``python -m trainyard_worker`` as its operator sees it: starts, restarts, signals, sentences."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from platform import python_version

import pytest
from worker_bench import STARTED, WorkerSubprocess, eventually

from tests.support.processes import living
from trainyard_worker.testing import ControlPlaneDouble

StartWorker = Callable[..., WorkerSubprocess]

FOREVER = [{"say": STARTED}, {"say": {"type": "first_step", "step": 7}}, {"wait_for": "/never"}]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_hands_over_a_checkpoint_and_leaves_no_process(
    control_plane: ControlPlaneDouble, start_worker: StartWorker, number: signal.Signals
) -> None:
    attempt = control_plane.offer(FOREVER)
    worker = start_worker()
    control_plane.wait_until(lambda: attempt.said("first_step"), "training started")
    children = worker.children()
    assert len(children) >= 2
    assert worker.end(number) == 0
    assert living(children) == []
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [7]
    assert attempt.outcome.outcome == "stopped"


def test_an_engine_deaf_to_the_signal_is_killed_when_the_grace_is_over(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    deaf = [{"say": STARTED}, {"say": {"type": "first_step", "step": 1}}, {"kill": int(signal.SIGSTOP)}]
    attempt = control_plane.offer(deaf)
    worker = start_worker(stop_grace_seconds="0.2")
    control_plane.wait_until(lambda: attempt.said("first_step"), "training started")
    children = worker.children()
    assert worker.end(signal.SIGTERM) == 0
    assert living(children) == []
    assert attempt.outcome is None


def test_kill_9_leaves_no_engine_running(control_plane: ControlPlaneDouble, start_worker: StartWorker) -> None:
    attempt = control_plane.offer(FOREVER)
    worker = start_worker()
    control_plane.wait_until(lambda: attempt.said("first_step"), "training started")
    children = worker.children()
    assert len(children) >= 2
    worker.end(signal.SIGKILL)
    eventually(lambda: not living(children), "the engine and its fork server are dead")


def test_a_restart_reuses_the_identity_and_clears_what_was_left(
    control_plane: ControlPlaneDouble, start_worker: StartWorker, tmp_path: Path
) -> None:
    first = control_plane.offer(FOREVER)
    worker = start_worker()
    control_plane.wait_until(lambda: first.said("first_step"), "training started")
    worker.end(signal.SIGKILL)
    assert (tmp_path / "state" / "attempts" / "att_1").exists()

    second = control_plane.offer([{"finish": 1}])
    start_worker(enrolment_token="")
    control_plane.wait_until(lambda: second.outcome, "the second attempt finished")
    assert len(control_plane.registrations) == 1
    assert [beat.about.software["python"] for beat in control_plane.heartbeats if beat.about] == [python_version()]
    assert not (tmp_path / "state" / "attempts" / "att_1").exists()
    assert (tmp_path / "state" / "worker.json").stat().st_mode & 0o777 == 0o600


def test_a_worker_that_is_forgotten_enrols_again(control_plane: ControlPlaneDouble, start_worker: StartWorker) -> None:
    worker = start_worker()
    worker.wait_for_error("worker.enrolled")
    worker.end(signal.SIGTERM)
    control_plane.revoke()
    start_worker().wait_for_error("worker.enrolled")
    assert len(control_plane.registrations) == 2


def test_without_an_accepted_credential_it_says_what_to_do(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    worker = start_worker(enrolment_token="")
    assert worker.process.wait(30) == 2
    worker.close()
    assert "Get an enrolment token of the pool and set TRAINYARD_WORKER_ENROLMENT_TOKEN." in worker.errors


def test_a_wrong_enrolment_token_stops_with_a_sentence(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    worker = start_worker(enrolment_token="guessed")
    assert worker.process.wait(30) == 2
    worker.close()
    assert "refused to enrol this worker" in worker.errors


def test_a_credential_revoked_at_work_ends_the_worker(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    attempt = control_plane.offer(FOREVER)
    worker = start_worker()
    control_plane.wait_until(lambda: attempt.said("first_step"), "training started")
    children = worker.children()
    control_plane.revoke()
    assert worker.process.wait(30) == 1
    worker.close()
    assert "does not accept this worker any more" in worker.errors
    assert living(children) == []


def test_it_waits_for_a_control_plane_that_is_not_up_yet(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    control_plane.unavailable = ".*"
    start_worker().wait_for_error("identity.retried")
    attempt = control_plane.offer([{"finish": 1}])
    control_plane.unavailable = ""
    control_plane.wait_until(lambda: attempt.outcome, "the attempt finished")


def test_a_signal_ends_that_wait(control_plane: ControlPlaneDouble, start_worker: StartWorker) -> None:
    control_plane.unavailable = ".*"
    worker = start_worker()
    worker.wait_for_error("identity.retried")
    children = worker.children()
    assert worker.end(signal.SIGTERM) == 0
    assert living(children) == []


def test_one_state_directory_serves_one_worker(control_plane: ControlPlaneDouble, start_worker: StartWorker) -> None:
    start_worker().wait_for_error("worker.enrolled")
    second = start_worker()
    assert second.process.wait(30) == 2
    second.close()
    assert "Another worker is running on" in second.errors


def test_every_line_of_its_log_is_json_with_an_action(
    control_plane: ControlPlaneDouble, start_worker: StartWorker
) -> None:
    attempt = control_plane.offer([{"say": STARTED}, {"checkpoint": 1}, {"finish": 1}])
    worker = start_worker()
    control_plane.wait_until(lambda: attempt.outcome, "the attempt finished")
    worker.end(signal.SIGTERM)
    worker.close()
    lines = [json.loads(line) for line in worker.errors.splitlines()]
    assert all("action" in line for line in lines)
    about = [line for line in lines if line.get("attempt_id") == "att_1"]
    assert {"attempt.claimed", "checkpoint.registered", "attempt.finished"} <= {line["action"] for line in about}
