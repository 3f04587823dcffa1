"""What a training tells those who read its log, and that it never tells too much."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled import make_spec, small_table
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.narration import is_told


def spec_of(**training: Any) -> dict[str, Any]:
    return make_spec("tabular_classification", {"name": "mlp", "hidden": [8]}, **training)


def told(messages: list[dict[str, Any]]) -> list[str]:
    return [message["message"] for message in messages if message["type"] == "log" and message["level"] == "info"]


def test_a_training_says_what_it_trains_how_it_goes_and_how_it_ends(tmp_path: Path) -> None:
    messages = train_here(spec_of(epochs=3, batch_size=32, seed=5), small_table(tmp_path / "data"), tmp_path / "out")
    log, started, result = told(messages), messages[0], messages[-1]
    data, model, training = log[:3]
    examples = started["resolved"]["examples"]
    assert f"{examples} to train" in data
    assert re.search(r"\d+ classes", data)
    assert f"mlp with {started['parameters']} parameters for tabular_classification, on cpu in fp32, 1 thread." in model
    assert f"3 epochs of {started['steps_per_epoch']} steps, batches of 32, " in training
    assert training.endswith("seed 5.")
    epochs = [line for line in log if line.startswith("Epoch ")]
    assert len(epochs) == 3
    assert log[-1].startswith(f"Finished after step {result['step']}, at ")
    assert f"test_accuracy {result['test_metrics']['accuracy']:.4g}" in log[-1]
    assert messages.index(result) == len(messages) - 1


def test_the_loss_of_an_epoch_is_the_mean_of_its_steps(tmp_path: Path) -> None:
    messages = train_here(spec_of(epochs=2, batch_size=32), small_table(tmp_path / "data"), tmp_path / "out")
    losses = [loss for said in messages if said["type"] == "metrics" for loss in said["values"].get("train_loss", ())]
    steps = messages[0]["steps_per_epoch"]
    for number, line in enumerate((line for line in told(messages) if line.startswith("Epoch ")), 1):
        of_epoch = losses[(number - 1) * steps : number * steps]
        found = re.search(r"train_loss (\S+), val_loss", line)
        assert found is not None
        assert float(found[1]) == pytest.approx(sum(of_epoch) / steps, rel=1e-3)


def test_one_that_goes_on_says_from_where(tmp_path: Path) -> None:
    spec = spec_of(epochs=2, batch_size=32, checkpoint={"every_steps": 2})
    data = small_table(tmp_path / "data")
    messages = interrupted_here(spec, data, tmp_path / "out", after=[3])
    assert f"Going on from the checkpoint at step 3 of {messages[0]['total_steps']}." in told(messages)
    assert any(re.match(r"Checkpoint 1 of this attempt at step \d+ \(", line) for line in told(messages))


def test_what_comes_again_and_again_is_told_ever_less() -> None:
    numbers = [number for number in range(1, 1_000_001) if is_told(number)]
    assert numbers[:22] == [*range(1, 21), 30, 40]
    assert len(numbers) < 150
