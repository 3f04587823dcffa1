"""Trains on an upload, and gives what its test predictions say beside what the finished model predicts."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.fuzz.spellings import Row
from tests.support.series import FORECAST
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_spec.tasks import Task

Line = dict[str, str]
Found = dict[str, Any]


def trained(
    source: Path, task: Task, architecture: dict[str, Any], options: Row, **training: Any
) -> tuple[list[Line], dict[str, float], Callable[[Sequence[Any]], list[Found]]]:
    """The lines of the test predictions, the test metrics, and what predicts with the model."""
    accepted(source, task, **options)
    out = source.parent / "out"
    spec = make_spec(task, architecture, **{"epochs": 1, "batch_size": 8, "optimizer": {"name": "adam"}, **training})
    spec["split"] = {"train": 0.6, "val": 0.2, "test": 0.2, "by": "time" if task == FORECAST else "random"}
    result = train_here(spec, source.parent / "compiled", out)[-1]
    with (out / "test_predictions.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert lines
    model = load_model(out, "cpu", threads=1)
    return lines, result["test_metrics"], lambda inputs: predict(model, json.loads(json.dumps(list(inputs))))
