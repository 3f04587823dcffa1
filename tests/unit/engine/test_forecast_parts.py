"""Forecasts by parts that the data give: of each series first what trains, then what validates, then what tests."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted, array, compile_file
from tests.support.series import COLUMNS, FORECAST, load_rows
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.modalities.series.windows import cut_windows
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.data_rules import data_violations
from trainyard_spec.series import SeriesConfig
from trainyard_spec.splits import SplitConfig
from trainyard_spec.validation import parse_training_spec

GIVEN = {"by": "given"}
SERIES = {"context": 6, "horizon": 2}
LENGTHS = {"m0": (38, 10, 12), "m1": (30, 8, 10)}
"""Steps of each part, of the series of ``load_rows``."""


def parted_rows(lengths: dict[str, tuple[int, ...]] = LENGTHS) -> list[dict[str, Any]]:
    names = ("Training", "dev", "test-set")
    parts = {meter: np.repeat(names, counts).tolist() for meter, counts in lengths.items()}
    return [{**row, "part": parts[row["meter"]].pop(0)} for row in load_rows()]


def compiled(directory: Path, rows: list[dict[str, Any]]) -> Path:
    accepted(uploads.write_csv(directory / "loads.csv", rows), FORECAST, split="part", **COLUMNS)
    return directory / "compiled"


def spec_of(split: dict[str, Any] = GIVEN, **series: int) -> Any:
    return parse_training_spec(make_spec(FORECAST, {"name": "mlp"}, series=SERIES | series) | {"split": split})


def told_steps(data: Path, spec: Any) -> dict[str, set[int]]:
    """The steps, by their places in the dataset, that windows of each part tell."""
    dataset = open_dataset(data)
    split = handler_for(FORECAST).prepare(dataset, spec).split
    places = handler_for(FORECAST).places(dataset, spec)
    rows = dataset.features["row"].tolist()
    return {
        name: {rows.index(int(row)) for row in places(windows)["row"]}
        for name, windows in (("train", split.train), ("val", split.val), ("test", split.test))
    }


@pytest.mark.parametrize("turned", [False, True])
def test_windows_tell_the_steps_of_their_own_part(tmp_path: Path, turned: bool) -> None:
    rows = parted_rows()
    data = compiled(tmp_path, rows[::-1] if turned else rows)
    dataset = open_dataset(data)
    assert dataset.compiled.profile.split_by == {"split": "part"}
    assert dataset.compiled.given_rows == (68, 18, 22)
    assert array(tmp_path / "loads.csv", "split_split").tolist() == [
        part for counts in LENGTHS.values() for part, count in enumerate(counts) for _ in range(count)
    ]
    told = told_steps(data, spec_of())
    begins = {"train": (6, 66), "val": (38, 90), "test": (48, 98)}
    ends = {"train": (38, 90), "val": (48, 98), "test": (60, 108)}
    for part, steps in told.items():
        both = zip(begins[part], ends[part], strict=True)
        assert steps == {step for begin, end in both for step in range(begin, end)}


def test_without_validation_the_last_of_what_trains_validates(tmp_path: Path) -> None:
    data = compiled(tmp_path, parted_rows({"m0": (48, 0, 12), "m1": (38, 0, 10)}))
    told = told_steps(data, spec_of({"by": "given", "train": 0.6, "val": 0.2, "test": 0.2}))
    assert sorted(told["val"]) == [*range(36, 48), *range(88, 98)]
    assert sorted(told["test"]) == [*range(48, 60), *range(98, 108)]


def test_a_series_may_be_in_one_part_alone(tmp_path: Path) -> None:
    data = compiled(tmp_path, parted_rows({"m0": (50, 10, 0), "m1": (0, 0, 48)}))
    out = tmp_path / "out"
    result = train_here(make_spec(FORECAST, {"name": "mlp"}, series=SERIES) | {"split": GIVEN}, data, out)[-1]
    assert np.isfinite(result["test_metrics"]["mae"])
    with (out / "test_predictions.csv").open(newline="") as file:
        lines = [*csv.DictReader(file)]
    assert {line["series"] for line in lines} == {"m1"}
    rows = [row["load"] for row in load_rows()]
    assert all(rows[int(line["row"]) - 1] == float(line["truth"]) for line in lines)
    assert {int(line["row"]) for line in lines} == set(range(67, 109))


def test_parts_that_are_not_in_the_order_of_time_are_named_by_their_rows(tmp_path: Path) -> None:
    rows = parted_rows()
    rows[20]["part"], rows[50]["part"], rows[70]["part"] = "test", "train", "sometimes"
    source = uploads.write_csv(tmp_path / "loads.csv", rows)
    found = compile_file(source, FORECAST, split="part", **COLUMNS)
    assert [(problem.code, problem.row, problem.column) for problem in found.problems] == [
        ("split_unreadable", 71, "part")
    ]
    rows[70]["part"] = "train"
    found = compile_file(uploads.write_csv(source, rows), FORECAST, split="part", **COLUMNS)
    late = [*range(22, 49), 51]
    assert [(problem.code, problem.row) for problem in found.problems] == [("split_out_of_order", row) for row in late]


def test_a_part_without_a_window_is_refused_before_a_job_and_by_the_engine(tmp_path: Path) -> None:
    data = open_dataset(compiled(tmp_path, parted_rows({"m0": (50, 9, 1), "m1": (40, 7, 1)})))
    [violation] = data_violations(spec_of(horizon=3), data.compiled)
    assert (violation.code, violation.field) == ("dataset_too_small", "training.series.context")
    assert "the test part" in violation.message
    assert "mark more rows as test" in violation.hint
    assert not [*data_violations(spec_of(), data.compiled)], "two steps might be of one series"
    with pytest.raises(EngineFault, match="the test part of the split would have no window"):
        handler_for(FORECAST).prepare(data, spec_of())


def test_a_part_without_rows_is_refused(tmp_path: Path) -> None:
    data = open_dataset(compiled(tmp_path, parted_rows({"m0": (50, 10, 0), "m1": (40, 8, 0)})))
    [violation] = data_violations(spec_of(), data.compiled)
    assert (violation.code, violation.field) == ("dataset_too_small", "split.test")


def test_time_is_the_default_and_what_data_do_not_say_is_refused(tmp_path: Path) -> None:
    accepted(uploads.write_csv(tmp_path / "loads.csv", load_rows()), FORECAST, **COLUMNS)
    spec = parse_training_spec(make_spec(FORECAST, {"name": "mlp"}))
    assert spec.split.by == "time"
    [violation] = data_violations(spec_of(), open_dataset(tmp_path / "compiled").compiled)
    assert (violation.code, violation.field) == ("split_unknown", "split.by")
    assert "split by time" in violation.hint


def test_given_ends_of_fractions_cut_the_windows_of_fractions() -> None:
    lengths, split = np.array([40, 57, 12]), SplitConfig(by="time", train=0.5, val=0.25, test=0.25)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    series = SeriesConfig(context=4, horizon=2)
    ends = np.rint(lengths[:, None] * [0.5, 0.75, 1.0]).astype(np.int64)
    counts = np.diff(ends, axis=1, prepend=0).flatten()
    parts = np.repeat(np.tile([0.0, 1.0, 2.0], len(lengths)), counts)
    given = cut_windows(offsets, series, SplitConfig(by="given"), given=parts)
    by_time = cut_windows(offsets, series, split)
    assert given.starts.tolist() == by_time.starts.tolist()
    assert given.trained_on.tolist() == by_time.trained_on.tolist()
