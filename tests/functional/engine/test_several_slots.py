"""A training of two slots: two processes, one of which forks the other; they live, stop and die together."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.compiled import make_spec, small_images, write_json
from tests.support.engine_server import ROOT, SOURCE_ROOTS, EngineChild, EngineServer, engine_server
from tests.support.processes import has_ended
from tests.support.trainings import Case
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(240)

SPEC = make_spec(
    "image_classification",
    {"name": "cnn", "channels": [4], "hidden": [8], "norm": "batch"},
    epochs=12,
    optimizer={"name": "adamw", "lr": 0.01},
    regularization={"dropout": 0.2, "clip_norm": 1.0},
    augment=[{"name": "flip"}],
    early_stopping={"metric": "val_accuracy", "patience": 100},
    checkpoint={"every_steps": 5},
)
TWO_SLOTS = SPEC | {"resources": {"slots": 2}}
CROWDED = (sys.executable, "-P", str(ROOT / "tests/support/crowded_forkserver.py"), "--socket-fd")
THE_SAME = ("weights_sha256", "test_metrics", "val_metrics", "step")


def train(server: EngineServer, data: Path, out: Path, **environment: str) -> EngineChild:
    return Case("two-slots", TWO_SLOTS, data, threads=2, environment=environment).start(server, out)


def others_of(child: EngineChild) -> list[psutil.Process]:
    """The processes that the first one of a training has forked, once they train."""
    for message in child.lines():
        if message["type"] == "checkpoint":
            return psutil.Process(child.pid).children()
    raise AssertionError(child.seen)


def assert_resumes_to_the_same_bits(child: EngineChild, undisturbed: dict[str, Any]) -> None:
    assert child.wait() == 0
    assert child.seen[0]["resumed_from"] >= 5
    assert {key: child.seen[-1][key] for key in THE_SAME} == {key: undisturbed[key] for key in THE_SAME}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_images(tmp_path_factory.mktemp("slots") / "data")


@pytest.fixture(scope="module")
def undisturbed(server: EngineServer, data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    child = train(server, data, tmp_path_factory.mktemp("slots") / "undisturbed")
    assert child.wait() == 0
    kinds = [message["type"] for message in child.seen]
    assert [kinds.count(kind) for kind in ("started", "first_step", "result")] == [1, 1, 1]
    return child.seen[-1]


@pytest.fixture(scope="module")
def crowded() -> Iterator[EngineServer]:
    with engine_server(*CROWDED) as server:
        yield server


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_one_process_dies_and_all_end_and_say_so(
    server: EngineServer, data: Path, undisturbed: dict[str, Any], tmp_path: Path, number: signal.Signals
) -> None:
    child = train(server, data, tmp_path)
    (other,) = others_of(child)
    other.send_signal(number)
    assert child.wait() == 4
    assert [message for message in child.seen if message["type"] in ("failed", "result")] == [child.seen[-1]]
    failed = child.seen[-1]
    assert (failed["fault"], failed["code"]) == ("infrastructure", "process_died")
    assert (
        failed["message"] == f"One of the training's processes, number 1 counted from 0, was killed by {number.name}."
    )
    assert_resumes_to_the_same_bits(train(server, data, tmp_path), undisturbed)


def test_the_first_process_dies_and_all_end(
    server: EngineServer, data: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    child = train(server, data, tmp_path)
    (other,) = others_of(child)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    wait_for(lambda: has_ended(other), seconds=30)
    assert_resumes_to_the_same_bits(train(server, data, tmp_path), undisturbed)


def test_asked_to_stop_all_stop_with_one_checkpoint(
    server: EngineServer, data: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    child = train(server, data, tmp_path)
    others_of(child)
    child.signal(signal.SIGTERM)
    assert child.wait() == 3
    said = [message["type"] for message in child.seen if message["type"] != "log"]
    assert said[-2:] == ["checkpoint", "stopped"]
    assert child.seen[-1]["step"] < undisturbed["step"]
    assert_resumes_to_the_same_bits(train(server, data, tmp_path), undisturbed)


def test_it_needs_no_server(data: Path, undisturbed: dict[str, Any], tmp_path: Path) -> None:
    arguments = ("--spec", write_json(tmp_path / "spec.json", TWO_SLOTS), "--data", data, "--out", tmp_path / "out")
    command = [sys.executable, "-m", "trainyard_engine", "train", *map(str, arguments), "--threads", "2"]
    with psutil.Popen(command, env={"PYTHONPATH": SOURCE_ROOTS, "PATH": os.environ["PATH"]}, stdout=-1) as process:
        lines = [json.loads(line) for line in process.stdout]
    assert process.returncode == 0
    assert lines[-1]["weights_sha256"] == undisturbed["weights_sha256"]


@pytest.mark.parametrize("rank", ["0", "1"])
def test_where_one_has_little_memory_all_compute_fewer_rows_at_once_and_resume_to_the_same_bits(
    crowded: EngineServer, data: Path, tmp_path: Path, rank: str
) -> None:
    room = {"CROWDED_RANK": rank, "CROWDED_ROWS": "5"}
    whole = train(crowded, data, tmp_path / "whole", **room)
    assert whole.wait() == 0
    (warning,) = (message["message"] for message in whole.of_type("log") if message["level"] == "warning")
    assert warning.endswith("from now on 4 rows are computed at a time.")

    stopped = train(crowded, data, tmp_path / "stopped", **room)
    others_of(stopped)
    stopped.signal(signal.SIGTERM)
    assert stopped.wait() == 3
    assert_resumes_to_the_same_bits(train(crowded, data, tmp_path / "stopped", **room), whole.seen[-1])


def test_too_little_memory_for_one_row_is_told_once_as_what_it_is(
    crowded: EngineServer, data: Path, tmp_path: Path
) -> None:
    child = train(crowded, data, tmp_path, CROWDED_RANK="1", CROWDED_ROWS="0")
    assert child.wait() == 4
    (failed,) = child.of_type("failed")
    assert (failed["fault"], failed["code"]) == ("user", "out_of_memory")
