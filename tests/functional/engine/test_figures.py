"""Figures of files that were once judged wrongly, from the upload to the result, against scikit-learn's."""

import csv
from pathlib import Path
from typing import Any

import pytest
from sklearn import metrics as reference

from tests.support import uploads
from tests.support.compiled import make_spec, write_json
from tests.support.engine_server import EngineServer

CASES = Path(__file__).parents[2] / "cases"


class Commands:
    """Runs the engine's commands one after the other in a directory."""

    def __init__(self, server: EngineServer, directory: Path) -> None:
        self._server = server
        self._directory = directory
        self.said: list[dict[str, Any]] = []

    def __call__(self, *arguments: object) -> dict[str, Any]:
        """The last line of a command that succeeds."""
        child = self._server.start(*arguments, directory=self._directory)
        assert child.wait() == 0, child.seen
        self.said += child.seen
        return child.seen[-1]

    def trained(self, source: Path, spec: dict[str, Any], **options: str) -> dict[str, Any]:
        """The result of compiling ``source``, which has a target ``y``, and training on it."""
        data, out = self._directory / "data", self._directory / "out"
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        self("compile", "--source", source, "--task", spec["task"], "--target", "y", *flags, "--out", data)
        written = write_json(self._directory / "spec.json", spec)
        return self("train", "--spec", written, "--data", data, "--out", out, "--threads", 1)

    def predicted(self, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
        inputs = write_json(self._directory / "inputs.json", {"inputs": rows})
        answered = self("predict", "--model", self._directory / "out", "--inputs", inputs, "--threads", 1)
        predictions: list[dict[str, Any]] = answered["predictions"]
        return predictions


@pytest.fixture
def commands(server: EngineServer, tmp_path: Path) -> Commands:
    return Commands(server, tmp_path)


def rows_of(source: Path, *, part: str) -> tuple[list[dict[str, str]], list[str]]:
    """Inputs and targets of the rows whose column ``s`` says so."""
    with source.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["s"] == part]
    return [{"x": row["x"]} for row in rows], [row["y"] for row in rows]


def test_saturated_probabilities_are_still_told_apart(commands: Commands) -> None:
    source = CASES / "auc-saturated" / "table.csv"
    spec = make_spec(
        "tabular_classification",
        {"name": "mlp", "hidden": []},
        epochs=20,
        optimizer={"name": "sgd", "lr": 0.01},
        preprocess={"scale": "none"},
    )
    found = commands.trained(source, spec | {"split": {"by": "given"}}, split="s")["test_metrics"]
    inputs, classes = rows_of(source, part="test")
    # One column in a linear model: its log odds are in the column's own order.
    expected = reference.roc_auc_score([name == "p" for name in classes], [float(row["x"]) for row in inputs])
    # A weight's float32 product may make two of them equal, or swap neighbours.
    assert found["roc_auc"] == pytest.approx(expected, abs=0.0005)
    assert found["roc_auc"] == pytest.approx(0.8375, abs=0.0005)


def test_a_rare_class_is_validated_and_tested(commands: Commands) -> None:
    source = CASES / "rare-class-untested" / "table.csv"
    result = commands.trained(source, make_spec("tabular_classification", {"name": "mlp"}, epochs=1))
    report = result["class_report"]
    assert dict(zip(report["classes"], report["rows"], strict=True))["rare"] == 1
    assert sum(report["rows"]) == pytest.approx(10, abs=1)
    truth, predicted = zip(
        *(
            (expected, found)
            for expected, row in enumerate(report["confusion"])
            for found, count in enumerate(row)
            for _ in range(count)
        ),
        strict=True,
    )
    metrics = result["test_metrics"]
    assert metrics["f1_macro"] == pytest.approx(reference.f1_score(truth, predicted, average="macro", zero_division=0))
    assert metrics["recall_macro"] == pytest.approx(reference.recall_score(truth, predicted, average="macro"))
    assert "roc_auc" in metrics


def test_a_class_that_no_test_row_has_is_named_and_not_judged(commands: Commands, tmp_path: Path) -> None:
    rows = [{"x": row % 7, "y": "abc"[row % 3], "s": "train"} for row in range(60)]
    rows += [{"x": row % 7, "y": "ab"[row % 2], "s": part} for row in range(20) for part in ("val", "test")]
    source = uploads.write_csv(tmp_path / "table.csv", rows)
    spec = make_spec("tabular_classification", {"name": "mlp"}, epochs=1) | {"split": {"by": "given"}}
    result = commands.trained(source, spec, split="s")
    report = result["class_report"]
    assert report["rows"] == [10, 10, 0]
    assert report["recall"][2] is None
    assert None not in report["recall"][:2]
    logs = [said["message"] for said in commands.said if said["type"] == "log"]
    assert [log for log in logs if "test part" in log and "'c'" in log]


def test_noise_of_a_thousandth_is_not_explained(commands: Commands) -> None:
    source = CASES / "r2-small-targets" / "noise.csv"
    spec = make_spec("tabular_regression", {"name": "mlp"}, epochs=5) | {"split": {"by": "given"}}
    result = commands.trained(source, spec, split="s")
    for part, found in (("test", result["test_metrics"]), ("val", result["val_metrics"])):
        inputs, targets = rows_of(source, part=part)
        truth, predicted = [float(value) for value in targets], [row["value"] for row in commands.predicted(inputs)]
        assert found["r2"] < 0.2
        assert found["r2"] == pytest.approx(reference.r2_score(truth, predicted), abs=1e-5)
        assert found["mape"] == pytest.approx(reference.mean_absolute_percentage_error(truth, predicted), rel=1e-5)
