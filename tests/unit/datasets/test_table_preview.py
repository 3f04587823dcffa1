"""The glance at a table and at ratings: numbers as they were uploaded."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.support import uploads
from tests.support.compiled import write_table
from tests.support.compiling import accepted
from trainyard.datasets import previews
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.tasks import Task

UPLOADED = [0.3, 1e-7, 16_777_216.0, -2.5, 1e20]


def test_numbers_are_the_shortest_decimals_that_are_read_back(tmp_path: Path) -> None:
    numeric = np.array([[number, np.nan] for number in UPLOADED], dtype=np.float32)
    categorical = np.zeros((len(UPLOADED), 0), dtype=np.int32)
    write_table(tmp_path, numeric, categorical, np.array(UPLOADED))
    dataset = CompiledDataset.model_validate_json((tmp_path / "dataset.json").read_bytes())
    rows: list[dict[str, Any]] = json.loads(previews.build(dataset, tmp_path))["rows"]
    assert rows == [{"n0": number, "n1": None, "y": number} for number in UPLOADED]


def test_dates_are_shown_as_dates(tmp_path: Path) -> None:
    rows = [{"when": f"2026-01-{day:02} 18:30", "label": "pq"[day % 2]} for day in range(1, 25)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    dataset = accepted(source, Task.TABULAR_CLASSIFICATION, target="label")

    shown = json.loads(previews.build(dataset, tmp_path / "compiled"))["rows"]

    assert shown[0] == {"when": "2026-01-01T18:30:00+00:00", "label": "q"}
