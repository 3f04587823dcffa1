"""Two processes under torchrun that train one model, over gloo on this machine's loopback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled import make_spec, small_images, write_json
from tests.support.engine_server import SOURCE_ROOTS
from tests.support.trainings import train_here
from trainyard_engine.faults import EngineFault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
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


def start(spec: dict[str, Any], data: Path, out: Path) -> subprocess.Popen[str]:
    out.mkdir(exist_ok=True)
    spec_file = write_json(out / "spec.json", spec)
    arguments = ("-m", "trainyard_engine", "train", "--spec", spec_file, "--data", data, "--out", out, "--threads", "2")
    environment = {"PYTHONPATH": SOURCE_ROOTS, "PATH": os.environ["PATH"], "HOME": str(out), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*TORCHRUN, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    lines, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    return [json.loads(line) for line in lines.splitlines()]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_images(tmp_path_factory.mktemp("parallel") / "data")


@pytest.fixture(scope="module")
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return ended(start(SPEC, data, tmp_path_factory.mktemp("parallel") / "undisturbed"))


def test_one_process_speaks_for_both(undisturbed: list[dict[str, Any]]) -> None:
    kinds = [message["type"] for message in undisturbed]
    assert (kinds.count("started"), kinds.count("result")) == (1, 1)
    assert undisturbed[-1]["test_metrics"]["accuracy"] > 0.9


def test_killed_at_once_and_begun_again_both_end_with_the_same_bits(
    data: Path, undisturbed: list[dict[str, Any]], tmp_path: Path
) -> None:
    killed = start(SPEC, data, tmp_path / "killed")
    assert killed.stdout is not None
    while json.loads(killed.stdout.readline())["type"] != "checkpoint":
        pass
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    with pytest.raises(EngineFault, match="begun by 2 processes") as caught:
        train_here(SPEC, data, tmp_path / "killed")
    assert caught.value.failed.hint == "Start it with torchrun --nproc-per-node 2."
    resumed = ended(start(SPEC, data, tmp_path / "killed"))
    assert resumed[0]["resumed_from"] >= 5
    for key in ("weights_sha256", "test_metrics", "val_metrics", "step"):
        assert resumed[-1][key] == undisturbed[-1][key]


def test_two_processes_compute_the_gradients_of_one(data: Path, tmp_path: Path) -> None:
    """Without draws and batch statistics, which are each process's own, only the order of sums differs."""
    plain = make_spec("image_classification", {"name": "cnn", "channels": [4], "hidden": [8]}, epochs=3)
    alone = train_here(plain, data, tmp_path / "alone")[-1]
    together = ended(start(plain, data, tmp_path / "together"))[-1]
    assert together["step"] == alone["step"]
    assert together["test_metrics"]["loss"] == pytest.approx(alone["test_metrics"]["loss"], rel=1e-4)
