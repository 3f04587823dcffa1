"""Norm statistics, the average of weights, a plateau's memory and mixed batches survive SIGKILL to the bit."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled import make_spec, small_images
from tests.support.engine_server import EngineServer
from tests.support.trainings import Case

SPEC = make_spec(
    "image_classification",
    {"name": "resnet", "width": 2},
    epochs=4,
    ema={"decay": 0.9},
    schedule={"name": "plateau", "patience": 0, "min_delta": 0.3, "factor": 0.5},
    early_stopping={"metric": "val_loss", "patience": 100},
    balance_classes=True,
    augment=[{"name": "rotate"}, {"name": "color"}, {"name": "erase"}, {"name": "cutmix"}],
    checkpoint={"every_steps": 2},
)


def last_state(out: Path) -> tuple[dict[str, Any], bytes]:
    newest = max((out / "checkpoints").glob("step-*"))
    return json.loads((newest / "state.json").read_text()), (newest / "manifest.json").read_bytes()


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(name="resnet", spec=SPEC, data=small_images(tmp_path / "data", rows=60), threads=1)


def test_killed_and_resumed_is_undisturbed(case: Case, server: EngineServer, tmp_path: Path) -> None:
    undisturbed = case.start(server, tmp_path / "undisturbed")
    assert undisturbed.wait() == 0, undisturbed.seen
    for _ in range(2):
        child = case.start(server, tmp_path / "killed")
        next(message for message in child.lines() if message["type"] == "checkpoint")
        child.signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    last = case.start(server, tmp_path / "killed")
    assert last.wait() == 0
    assert last.of_type("started")[0]["resumed_from"] > 0
    (result,), (expected,) = last.of_type("result"), undisturbed.of_type("result")
    for key in ("weights_sha256", "test_metrics", "val_metrics", "step"):
        assert result[key] == expected[key]
    state, manifest = last_state(tmp_path / "killed")
    assert (state, manifest) == last_state(tmp_path / "undisturbed")
    assert state["plateau"]["fraction"] < 1
    assert {"average.safetensors", "best.safetensors"} <= {entry["name"] for entry in json.loads(manifest)["files"]}
