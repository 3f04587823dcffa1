"""Series as archives and spreadsheets have them: ``.ts`` and ``.tsf`` files, and tables with a row for each series."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_spec.datasets import CompiledDataset, SeriesProfile
from trainyard_spec.tasks import Task

CLASSES, FORECAST = Task.SEQUENCE_CLASSIFICATION, Task.TIME_SERIES_FORECASTING
NAMED = {"target": "class", "time": "time", "series": "series"}
HEAD = "# comment: one\n@problemName G\n@timestamps false\n@univariate true\n@classLabel true 1 2\n@data\n"
WIDE = {"time": "columns", "series": "rows", "target": "column_1"}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def cases(case: str, count: int = 12) -> str:
    return "".join(f"{case.format(n=n)}:{'ab'[n % 2]}\n" for n in range(count))


def channels(dataset: CompiledDataset) -> list[str]:
    assert isinstance(dataset.profile, SeriesProfile)
    return [channel.name for channel in dataset.profile.channels]


@pytest.mark.parametrize(
    ("case", "names", "first"),
    [
        ("{n},2,?,4.5", ["value"], [[0], [2], [np.nan], [4.5]]),
        ("1,{n},3:4,5", ["dim_0", "dim_1"], [[1, 4], [0, 5], [3, np.nan]]),
        ("(0,{n}.5),(10,3):(0,7),(5,8)", ["dim_0", "dim_1"], [[0.5, 7], [np.nan, 8], [3, np.nan]]),
        ("(2026-01-01 00:00:00,{n}),(2026-01-01 00:10:00,3)", ["value"], [[0], [3]]),
    ],
    ids=["one dimension", "two", "with times", "with dates"],
)
def test_cases_of_the_uea_archive_are_series(
    tmp_path: Path, case: str, names: list[str], first: list[list[float]]
) -> None:
    dataset = accepted(source := write(tmp_path / "G_TRAIN.ts", HEAD + cases(case)), CLASSES, **NAMED)

    assert (dataset.rows, dataset.class_counts, channels(dataset)) == (12, (6, 6), names)
    np.testing.assert_array_equal(array(source, "values")[: len(first)], first)
    assert set(np.diff(array(source, "values_offsets"))) == {len(first)}


def test_both_parts_of_the_archive_in_its_zip_keep_their_series_apart(tmp_path: Path) -> None:
    files = {f"G/G_{part}.{ending}": b"x" for part in ("TRAIN", "TEST") for ending in ("arff", "txt")}
    files |= {f"G/G_{part}.ts": (HEAD + cases("{n},2")).encode() for part in ("TRAIN", "TEST")}

    dataset = accepted(uploads.write_zip(tmp_path / "G.zip", files), CLASSES, **NAMED)

    assert (dataset.rows, dataset.given_rows) == (24, (12, 0, 12))


def test_a_case_of_other_dimensions_is_named_by_its_place(tmp_path: Path) -> None:
    (problem,) = compile_file(write(tmp_path / "G.ts", HEAD + cases("1,2:3,4") + "1,2:a\n"), CLASSES, **NAMED).problems

    assert (problem.code, problem.row) == ("ragged_row", 13)


def test_series_of_monashs_archive_are_forecast(tmp_path: Path) -> None:
    head = "# NN5\n@relation nn5\n@attribute series_name string\n@attribute start_timestamp date\n@frequency daily\n"
    rows = "".join(f"T{n}:1996-03-18 00-00-00:?,{','.join(map(str, range(10 + n)))},?\n" for n in range(3))
    source = write(tmp_path / "nn5.tsf", f"{head}@missing true\n@data\n{rows}")

    dataset = accepted(source, FORECAST, time="time", series="series_name", target="value")

    assert dataset.rows == 3
    assert np.diff(array(source, "values_offsets")).tolist() == [10, 11, 12]


@pytest.mark.parametrize(
    ("name", "line"),
    [("G_TRAIN.tsv", "{k}\t{n}.5\t2\tNaN\n"), ("old.txt", "  {k}  {n}.5  2.0  NaN\n"), ("a.csv", "{k},{n}.5,2,\n")],
)
def test_lines_of_the_ucr_archive_are_a_class_and_its_values(tmp_path: Path, name: str, line: str) -> None:
    source = write(tmp_path / name, "".join(line.format(k=n % 2 + 1, n=n) for n in range(12)))

    dataset = accepted(source, CLASSES, **WIDE)

    assert (dataset.classes, dataset.class_counts, channels(dataset)) == (("1", "2"), (6, 6), ["value"])
    assert array(source, "values")[:4, 0].tolist() == [0.5, 2, 1.5, 2]


@pytest.mark.parametrize(
    ("before", "steps"),
    [
        (["V1"], [f"V{n}" for n in range(2, 22)]),
        (["Country", "Code"], [str(n) for n in range(1960, 1980)]),
        (["Region", "Lat", "Long"], [f"1/{n}/20" for n in range(1, 21)]),
        (["shop", "kind"], [f"2026-01-{n:02}" for n in range(1, 21)]),
        (["shop"], [f"Jan {n}, 2026" for n in range(1, 21)]),
    ],
    ids=["M4", "World Bank", "Johns Hopkins", "dates", "names of months"],
)
def test_a_row_for_each_series_is_forecast_by_its_columns(tmp_path: Path, before: list[str], steps: list[str]) -> None:
    table = "".join(
        ",".join([f"s{n}", *["7.5"] * (len(before) - 1), *["", "NA", ""][:n], *map(str, range(n, 20))]) + "\n"
        for n in range(3)
    )
    header = ",".join(f'"{name}"' for name in (*before, *steps))
    source = write(tmp_path / "wide.csv", f"{header}\n{table}")

    dataset = accepted(source, FORECAST, time="columns", series=before[0], target="value")

    assert dataset.rows == 3
    assert np.diff(array(source, "values_offsets")).tolist() == [20, 19, 18]
    assert array(source, "values")[20:23, 0].tolist() == [1, 2, 3]


def test_a_gap_within_a_wide_series_is_told_by_its_row(tmp_path: Path) -> None:
    rows = "".join(f"s{n},{','.join('' if (n, k) == (2, 5) else str(k) for k in range(12))}\n" for n in range(3))
    source = write(tmp_path / "wide.csv", f"id,{','.join(f'x{k}' for k in range(12))}\n{rows}")

    (problem,) = compile_file(source, FORECAST, time="columns", series="id", target="value").problems

    assert (problem.code, problem.row) == ("target_missing", 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"series": "id", "target": "x1"}, "The columns are id, columns, value."),
        ({"target": "value"}, "rows without one"),
        ({"series": "x1", "target": "value"}, "numbered or dated alike"),
    ],
)
def test_wide_tables_say_what_they_need(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    source = write(tmp_path / "wide.csv", "id,x1,size\n" + "a,1,2\n" * 20)
    if "x1" not in options.get("series", ""):
        source = write(tmp_path / "wide.csv", "id,x1,x2\n" + "a,1,2\n" * 20)

    (problem,) = compile_file(source, FORECAST, time="columns", **options).problems

    assert said in problem.message
