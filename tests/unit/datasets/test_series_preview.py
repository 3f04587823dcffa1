"""The glance at a dataset of series: the first steps of the first one, by column."""

import json
from pathlib import Path

from tests.support.series import load_rows, run_rows, small_loads, small_runs
from trainyard.datasets import previews
from trainyard_spec.datasets import CompiledDataset


def shown(directory: Path) -> list[dict[str, object]]:
    dataset = CompiledDataset.model_validate_json((directory / "dataset.json").read_bytes())
    rows: list[dict[str, object]] = json.loads(previews.build(dataset, directory))["rows"]
    return rows


def test_a_forecasts_steps_are_shown_with_their_gaps(tmp_path: Path) -> None:
    rows = shown(small_loads(tmp_path))
    assert len(rows) == previews.ROWS
    assert rows[0].keys() == {"load", "temperature"}
    assert [row["temperature"] is None for row in rows] == [
        row["temperature"] is None for row in load_rows()[: previews.ROWS]
    ]


def test_a_labelled_series_is_shown_to_its_end_with_its_class(tmp_path: Path) -> None:
    rows = shown(small_runs(tmp_path))
    first = [row for row in run_rows() if row["run"] == 0]
    assert [row["kind"] for row in rows] == ["down"] * len(first)
    assert rows[0].keys() == {"height", "speed", "kind"}
