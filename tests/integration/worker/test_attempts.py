"""What happens to an attempt between its claim and its finish."""

import json
import shutil
import signal
from pathlib import Path
from time import monotonic

import psutil
import pytest
from worker_bench import STARTED, eventually, metrics

from trainyard_spec.states import DesiredState
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import AttemptRecord, ControlPlaneDouble

FIRST_STEP = {"say": {"type": "first_step", "step": 1}}


def finished(control_plane: ControlPlaneDouble, attempt: AttemptRecord) -> str:
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    outcome: str = attempt.outcome.outcome
    return outcome


def engine_is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file the engine waits for in ``{"wait_for": …}``."""
    return tmp_path / "gate"


@pytest.fixture
def look(tmp_path: Path) -> Path:
    return tmp_path / "look"


def pid_in(look: Path) -> int:
    eventually(lambda: look.exists(), "the engine looked around")
    pid: int = json.loads(look.read_text())["pid"]
    return pid


def test_an_attempt_is_trained_reported_and_finished(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, tmp_path: Path
) -> None:
    script = [{"say": STARTED}, FIRST_STEP, metrics(1), {"checkpoint": 10}, metrics(11), {"finish": 20}]
    asked = monotonic()
    attempt = control_plane.offer(script)
    assert finished(control_plane, attempt) == "succeeded"
    assert [message.type for message in attempt.messages] == ["started", "first_step", "metrics", "metrics"]
    began = attempt.messages[0].seconds_after_claim
    assert 0 < began < monotonic() - asked
    assert attempt.outcome.result.step == 20
    assert attempt.model == {"model.safetensors": b"model", "config.json": b"{}", "manifest.json": b"{}"}
    eventually(lambda: not any((tmp_path / "state" / "attempts").iterdir()), "the attempt's directory is removed")


def test_the_engine_sees_its_files_and_nothing_of_the_worker(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, look: Path, tmp_path: Path
) -> None:
    attempt = control_plane.offer([{"look": str(look)}, {"finish": 1}], resume={"manifest.json": b"m", "weights": b"w"})
    assert finished(control_plane, attempt) == "succeeded"
    seen = json.loads(look.read_text())
    assert seen["directory"] == str(tmp_path / "state" / "attempts" / "att_1")
    assert {"spec.json", "out/checkpoints/step-0000000005/weights"} <= set(seen["files"])
    assert set(seen["environment"]) <= {
        "PATH", "PYTHONPATH", "LANG", "LC_CTYPE", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER",
        "LD_LIBRARY_PATH", "CUDA_HOME", "TMPDIR", "TZ",
    }  # fmt: skip


def test_metrics_up_to_a_checkpoint_are_safe_before_it_counts(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, gate: Path
) -> None:
    control_plane.unavailable = ".*/reports"
    script = [*(metrics(step) for step in range(1, 11)), {"checkpoint": 10}, {"wait_for": str(gate)}, {"finish": 10}]
    attempt = control_plane.offer(script)
    control_plane.wait_until(lambda: control_plane.count("POST", ".*/reports") > 3, "reports were tried")
    assert control_plane.count("POST", ".*/checkpoints") == 0
    control_plane.unavailable = ""
    control_plane.wait_until(lambda: attempt.checkpoints, "the checkpoint is registered")
    assert attempt.messages_before[10] == 10
    gate.touch()
    assert finished(control_plane, attempt) == "succeeded"


def test_an_outage_loses_nothing_and_doubles_nothing(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, gate: Path
) -> None:
    steps = range(1, 201)
    script = [{"say": STARTED}, {"wait_for": str(gate)}, *map(metrics, steps), {"checkpoint": 200}, {"finish": 200}]
    attempt = control_plane.offer(script)
    control_plane.wait_until(lambda: attempt.said("started"), "training started")
    control_plane.unavailable = ".*"
    gate.touch()
    refused = control_plane.count("POST", ".*/reports")
    control_plane.wait_until(lambda: control_plane.count("POST", ".*/reports") > refused + 2, "reports were tried")
    control_plane.unavailable = ""
    assert finished(control_plane, attempt) == "succeeded"
    assert [message.steps[0] for message in attempt.said("metrics")] == list(steps)


def test_writes_repeated_after_lost_answers_change_nothing(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    control_plane.lose_first_answers = True
    script = [{"say": STARTED}, *map(metrics, range(1, 51)), {"checkpoint": 50}, {"finish": 50}]
    attempt = control_plane.offer(script)
    assert finished(control_plane, attempt) == "succeeded"
    assert [message.steps[0] for message in attempt.said("metrics")] == list(range(1, 51))
    assert len(attempt.checkpoints) <= 1
    control_plane.wait_until(lambda: control_plane.count("POST", ".*/finish") == 2, "the finish was repeated")


def test_a_stale_fence_kills_the_engine_and_nothing_more_is_said(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, gate: Path, look: Path
) -> None:
    control_plane.heartbeat_seconds = 3600
    script = [{"look": str(look)}, {"say": STARTED}, {"wait_for": str(gate)}, metrics(1), {"wait_for": "/never"}]
    attempt = control_plane.offer(script)
    pid = pid_in(look)
    attempt.lost = True
    gate.touch()
    eventually(lambda: engine_is_gone(pid), "the engine is killed")
    assert control_plane.count("POST", ".*/finish") == 0


def test_an_attempt_the_heartbeat_no_longer_names_is_killed(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, look: Path
) -> None:
    attempt = control_plane.offer([{"look": str(look)}, {"wait_for": "/never"}])
    pid = pid_in(look)
    attempt.lost = True
    eventually(lambda: engine_is_gone(pid), "the engine is killed")
    assert control_plane.count("POST", ".*/finish") == 0


def test_cancel_kills_and_finishes_cancelled(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, look: Path
) -> None:
    attempt = control_plane.offer([{"say": STARTED}, {"look": str(look)}, {"wait_for": "/never"}])
    pid = pid_in(look)
    attempt.desired = DesiredState.CANCEL
    assert finished(control_plane, attempt) == "cancelled"
    assert engine_is_gone(pid)
    assert attempt.checkpoints == []


def test_a_stop_keeps_the_last_checkpoint_first(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    attempt = control_plane.offer(
        [{"say": STARTED}, {"say": {"type": "first_step", "step": 7}}, {"wait_for": "/never"}]
    )
    control_plane.wait_until(lambda: attempt.said("first_step"), "training started")
    attempt.desired = DesiredState.STOP_WITH_CHECKPOINT
    assert finished(control_plane, attempt) == "stopped"
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [7]


def test_a_cancel_overtakes_a_stop(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    deaf = [{"say": STARTED}, {"say": {"type": "first_step", "step": 1}}, {"kill": signal.SIGSTOP}]
    attempt = control_plane.offer(deaf)
    control_plane.wait_until(lambda: attempt.said("first_step"), "training started")
    attempt.desired = DesiredState.STOP_WITH_CHECKPOINT
    before = control_plane.count("POST", "/heartbeat")
    control_plane.wait_until(lambda: control_plane.count("POST", "/heartbeat") > before + 1, "the stop was ordered")
    attempt.desired = DesiredState.CANCEL
    assert finished(control_plane, attempt) == "cancelled"


def test_a_fault_the_engine_names_fails_the_attempt_with_it(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    failed = {"type": "failed", "fault": "user", "code": "non_finite_loss", "message": "The loss became nan."}
    attempt = control_plane.offer([{"say": STARTED}, {"say": failed}, {"exit": 4}])
    assert finished(control_plane, attempt) == "failed"
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("user", "non_finite_loss")


@pytest.mark.parametrize("death", [{"kill": signal.SIGKILL}, {"kill": signal.SIGSEGV}, {"exit": 1}, {"exit": 0}])
def test_a_crash_is_an_infrastructure_fault_and_keeps_what_was_written(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, death: dict[str, int]
) -> None:
    complaint = {"complain": "terminate called after throwing"}
    attempt = control_plane.offer([{"say": STARTED}, {"checkpoint": 10}, complaint, death])
    assert finished(control_plane, attempt) == "failed"
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("infrastructure", "engine_crashed")
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [10]
    assert "terminate called" in attempt.said("log")[-1].message


def test_an_outcome_that_is_refused_becomes_a_failure_that_says_so(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    control_plane.refuses_success = True
    attempt = control_plane.offer([{"say": STARTED}, {"finish": 1}])
    assert finished(control_plane, attempt) == "failed"
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("infrastructure", "control_plane_refused")


def test_what_is_no_message_is_passed_over(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    attempt = control_plane.offer([{"print": "warning: a library speaks"}, {"say": STARTED}, {"finish": 1}])
    assert finished(control_plane, attempt) == "succeeded"
    assert [message.type for message in attempt.messages] == ["started"]


def test_a_dataset_that_arrives_damaged_is_fetched_again(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    control_plane.corrupt = 1
    attempt = control_plane.offer([{"finish": 1}])
    assert finished(control_plane, attempt) == "succeeded"
    assert control_plane.count("GET", ".*/dataset/.*") == 2


def test_a_dataset_that_stays_damaged_fails_the_attempt(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    control_plane.corrupt = 100
    attempt = control_plane.offer([{"finish": 1}])
    assert finished(control_plane, attempt) == "failed"
    assert attempt.outcome.failure.code == "download_corrupt"


def test_two_attempts_on_one_dataset_fetch_it_once(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    attempts = [control_plane.offer([{"finish": 1}]) for _ in range(2)]
    supervisor.ring()
    assert [finished(control_plane, attempt) for attempt in attempts] == ["succeeded", "succeeded"]
    assert control_plane.count("GET", ".*/dataset/.*") == 1


def test_no_more_attempts_run_than_there_are_slots(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, gate: Path
) -> None:
    attempts = [control_plane.offer([{"say": STARTED}, {"wait_for": str(gate)}, {"finish": 1}]) for _ in range(3)]
    control_plane.wait_until(lambda: all(a.said("started") for a in attempts[:2]), "two run")
    assert control_plane.waiting == [attempts[2]]
    gate.touch()
    assert {finished(control_plane, attempt) for attempt in attempts} == {"succeeded"}


def test_a_worker_beats_as_often_as_the_control_plane_says_by_now(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    control_plane.told_heartbeat_seconds = 0.01
    heard = len(control_plane.heartbeats)
    control_plane.wait_until(lambda: len(control_plane.heartbeats) > heard + 20, "it beats faster")
    control_plane.told_heartbeat_seconds = 3_600
    told = len(control_plane.heartbeats)
    control_plane.wait_until(lambda: len(control_plane.heartbeats) > told, "it is told")
    attempt = control_plane.offer([{"finish": 1}])
    assert finished(control_plane, attempt) == "succeeded"
    assert len(control_plane.heartbeats) <= told + 2


def test_a_store_without_room_ends_the_engine_and_is_told(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, gate: Path, look: Path
) -> None:
    control_plane.full = ".*/checkpoints/20/.*"
    script = [
        {"look": str(look)},
        {"checkpoint": 10},
        {"wait_for": str(gate)},
        {"checkpoint": 20},
        {"wait_for": "nothing"},
    ]
    attempt = control_plane.offer(script)
    control_plane.wait_until(lambda: attempt.checkpoints, "the first checkpoint is registered")
    gate.touch()
    assert finished(control_plane, attempt) == "failed"
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("storage", "storage_full")
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [10]
    eventually(lambda: engine_is_gone(pid_in(look)), "the engine is gone")


def test_a_model_that_finds_no_room_is_told(control_plane: ControlPlaneDouble, supervisor: Supervisor) -> None:
    control_plane.full = ".*/model/.*"
    attempt = control_plane.offer([{"checkpoint": 10}, {"finish": 20}])
    assert finished(control_plane, attempt) == "failed"
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("storage", "storage_full")


def test_a_worker_without_room_says_so_and_claims_nothing(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=-1))
    control_plane.wait_until(lambda: [b.has_room for b in control_plane.heartbeats[-2:]] == [False] * 2, "it says so")
    attempt = control_plane.offer([{"finish": 1}])
    heard = len(control_plane.heartbeats)
    control_plane.wait_until(lambda: len(control_plane.heartbeats) > heard + 1, "time to claim has passed")
    assert control_plane.waiting == [attempt]
    monkeypatch.undo()
    assert finished(control_plane, attempt) == "succeeded"
