"""The worker with the true engine: trains, resumes to the same bits, predicts, leaves nothing behind."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from worker_bench import WAIT_SECONDS, WorkerSubprocess, eventually, supervisor_for

from tests.support.compiled import make_spec, small_table
from tests.support.processes import engines_of, living
from trainyard_spec.states import DesiredState
from trainyard_worker.forkserver_client import ForkServerClient
from trainyard_worker.served_model import ServedModel
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import AttemptRecord, ControlPlaneDouble

LONG = 200
"""Epochs of a training that a loaded machine does not end before it hears that it should stop."""
ROW = {"n0": 1.0, "n1": 2.0, "n2": 3.0, "n3": 4.0, "k0": "red", "k1": None}


@pytest.fixture
def supervisor(
    control_plane: ControlPlaneDouble, true_forkserver: ForkServerClient, tmp_path: Path
) -> Iterator[Supervisor]:
    with ExitStack() as stack:
        supervisor = supervisor_for(control_plane, true_forkserver, tmp_path / "state", stack)
        supervisor.start()
        stack.callback(supervisor.stop, grace_seconds=0)
        yield supervisor


@pytest.fixture
def data(tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "data").mkdir()
    small_table(tmp_path / "data")
    return {file.name: file.read_bytes() for file in (tmp_path / "data").iterdir()}


def offer(control_plane: ControlPlaneDouble, data: dict[str, bytes], *, epochs: int, **resume: Any) -> AttemptRecord:
    spec = make_spec(
        "tabular_classification",
        {"name": "mlp", "hidden": [8]},
        epochs=epochs,
        checkpoint={"every_steps": max(5, epochs)},
    )
    return control_plane.offer([], data=data, spec=spec, **resume)


def finished(control_plane: ControlPlaneDouble, attempt: AttemptRecord) -> str:
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    outcome: str = attempt.outcome.outcome
    return outcome


def test_a_model_is_trained_and_predicts(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, data: dict[str, bytes]
) -> None:
    attempt = offer(control_plane, data, epochs=3)
    assert finished(control_plane, attempt) == "succeeded"
    said = [message.type for message in attempt.messages if message.type != "log"]
    assert said[:2] == ["started", "first_step"]
    assert attempt.said("log")[-1].message.startswith("Finished after step ")
    assert attempt.said("metrics")
    assert set(attempt.outcome.result.test_metrics) >= {"loss", "accuracy"}
    prediction = control_plane.offer_prediction([ROW, ROW], attempt.model, seconds=WAIT_SECONDS)
    control_plane.wait_until(lambda: prediction in control_plane.prediction_ends, "the prediction is answered")
    answers = control_plane.prediction_ends[prediction].predictions
    assert answers is not None
    assert len(answers) == 2
    assert answers[0].model_dump()["label"] in {"c0", "c1"}


def test_a_warm_model_answers_as_a_cold_one(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, data: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = offer(control_plane, data, epochs=3)
    assert finished(control_plane, attempt) == "succeeded"
    started: list[str] = []
    start = ServedModel.__init__

    def counted(model: ServedModel, claim: Any, *rest: Any) -> None:
        started.append(claim.model_id)
        start(model, claim, *rest)

    monkeypatch.setattr(ServedModel, "__init__", counted)
    ends = []
    for inputs in ([ROW], [ROW | {"n0": "far"}], [ROW], [ROW]):
        prediction = control_plane.offer_prediction(inputs, attempt.model, seconds=WAIT_SECONDS)
        control_plane.wait_until(lambda said=prediction: said in control_plane.prediction_ends, "it is answered")
        ends.append(control_plane.prediction_ends[prediction])
    assert ends[0] == ends[2] == ends[3]
    assert ends[1].failure is not None
    assert ends[1].failure.field == "inputs.0.n0"
    assert started == ["mdl_1"]


def test_a_stopped_training_goes_on_elsewhere_to_the_same_bits(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, data: dict[str, bytes]
) -> None:
    undisturbed = offer(control_plane, data, epochs=LONG)
    assert finished(control_plane, undisturbed) == "succeeded"

    stopped = offer(control_plane, data, epochs=LONG)
    stopped.desired = DesiredState.STOP_WITH_CHECKPOINT
    assert finished(control_plane, stopped) == "stopped"
    last = stopped.checkpoints[-1]
    assert last.step < undisturbed.outcome.result.step

    files = {entry.name: stopped.uploads[last.step, entry.name] for entry in last.files}
    resumed = offer(control_plane, data, epochs=LONG, resume=files, resume_step=last.step)
    assert finished(control_plane, resumed) == "succeeded"
    assert resumed.outcome.result.weights_sha256 == undisturbed.outcome.result.weights_sha256


def test_kill_9_of_the_worker_kills_the_true_engine(
    control_plane: ControlPlaneDouble, data: dict[str, bytes], tmp_path: Path
) -> None:
    attempt = offer(control_plane, data, epochs=100_000)
    worker = WorkerSubprocess(control_plane=control_plane, state_dir=tmp_path / "state", settings={}, engine_paths=())
    try:
        control_plane.wait_until(lambda: attempt.said("first_step"), "training started")
        children = worker.children()
        assert len(engines_of(psutil.Process(worker.process.pid))) == 1
        worker.end(signal.SIGKILL)
        eventually(
            lambda: not living(children),
            "the engine and its fork server are dead",
        )
    finally:
        worker.close()
