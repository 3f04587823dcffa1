"""What is left to the data is chosen once, stated, and the same as if it had been written down."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.compiled import make_spec, small_table
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.model_directory import read_manifest
from trainyard_engine.core.training_names import training_name
from trainyard_spec import resolution
from trainyard_spec.validation import parse_training_spec

AUTO = {"epochs": "auto", "batch_size": "auto", "schedule": "auto"}
SHORT = {"name": "a", "dataset": "dsv_1", "task": "tabular_classification", "architecture": {"name": "mlp"}}
TABLE = make_spec("tabular_classification", {"name": "mlp", "hidden": [6]}, **AUTO)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule itself, with a shorter training as its aim."""
    monkeypatch.setattr(resolution, "STEPS", 40)
    monkeypatch.setattr(resolution, "LEAST_EPOCHS", 1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_table(tmp_path_factory.mktemp("data") / "table")


def test_the_numbers_are_stated_and_do_what_they_would_if_they_were_written(data: Path, tmp_path: Path) -> None:
    messages = train_here(TABLE, data, tmp_path / "auto")
    stated = messages[0]["resolved"]
    assert stated["examples"] == 160
    assert messages[0]["total_steps"] == stated["epochs"] * -(-160 // stated["batch_size"]) >= 40
    manifest = read_manifest(tmp_path / "auto")
    assert manifest.resolved is not None
    assert manifest.resolved.model_dump(mode="json") == stated
    assert manifest.spec.training.epochs == "auto"
    written = {name: stated[name] for name in AUTO}
    spec = {**TABLE, "training": {**TABLE["training"], **written}}
    assert train_here(spec, data, tmp_path / "stated")[-1]["weights_sha256"] == messages[-1]["weights_sha256"]


def test_a_training_goes_on_with_the_numbers_that_it_began_with(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = train_here(TABLE, data, tmp_path / "undisturbed")[-1]
    stops = iter([False] * 7 + [True])
    train_here(TABLE, data, tmp_path / "interrupted", should_stop=lambda: next(stops))
    monkeypatch.setattr(resolution, "STEPS", 400)
    monkeypatch.setattr(resolution, "SMALLEST_BATCH", 100)
    assert train_here(TABLE, data, tmp_path / "interrupted")[-1]["weights_sha256"] == undisturbed["weights_sha256"]


def test_it_resumes_to_the_same_bits(data: Path, tmp_path: Path) -> None:
    undisturbed = train_here(TABLE, data, tmp_path / "undisturbed")[-1]
    resumed = interrupted_here(TABLE, data, tmp_path / "interrupted", after=(3, 9))[-1]
    assert resumed["weights_sha256"] == undisturbed["weights_sha256"]


@pytest.mark.parametrize(
    ("training", "name"),
    [
        (
            {"epochs": 5, "batch_size": 64, "schedule": {"name": "constant"}},
            "853f396e7b655de7bd11ef95d1c6b36cba859bbd3ec11721f76750e1762d9d69",
        ),
        (
            {"epochs": 9, "batch_size": 64, "schedule": {"name": "cosine"}},
            "0de8a757beeba1bf8bf5475c3b032e0c6b961ad1c5ef86bf8ce76e80521609f0",
        ),
    ],
)
def test_a_training_of_the_release_before_keeps_its_name(training: dict[str, Any], name: str) -> None:
    spec = parse_training_spec({**SHORT, "training": training})
    assert training_name(spec, cast("Dataset", SimpleNamespace(sha256="0" * 64))) == name
