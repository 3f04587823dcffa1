"""Rows in any order become series in the order of their names and times."""

import random
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.series import COLUMNS, FORECAST, LABELLED, SEQUENCES, load_rows, run_rows
from trainyard_engine.ingest.cells.times import dates_in, numbers_in
from trainyard_engine.modalities.series import spool
from trainyard_spec.datasets import SeriesProfile
from trainyard_spec.tasks import Task

CASES = Path(__file__).parents[2] / "cases"
WRITERS = {"csv": uploads.write_csv, "parquet": uploads.write_parquet, "jsonl": uploads.write_jsonl}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("steps_at_once", [spool.STEPS_AT_ONCE, 7])
def test_whatever_their_order_rows_are_stored_by_series_and_time(
    tmp_path: Path, suffix: str, steps_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "STEPS_AT_ONCE", steps_at_once)
    rows = load_rows(lengths=(12, 30, 15))
    source = WRITERS[suffix](tmp_path / f"loads.{suffix}", random.Random(1).sample(rows, len(rows)))

    dataset = accepted(source, FORECAST, **COLUMNS)

    assert array(source, "values_offsets").tolist() == [0, 12, 42, 57]
    expected = np.array([[row["load"], row["temperature"]] for row in rows], dtype=np.float64)
    np.testing.assert_array_equal(array(source, "values"), expected)
    assert (dataset.rows, dataset.classes) == (3, ())
    profile = dataset.profile
    assert isinstance(profile, SeriesProfile)
    assert [channel.name for channel in profile.channels] == ["load", "temperature"]
    assert (profile.steps, profile.shortest, profile.longest) == (57, 12, 30)
    assert not dataset.warnings


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(-9, 9), st.floats(-1e6, 1e6, width=32)),
        min_size=20,
        unique_by=lambda row: row[:2],
    ).filter(lambda rows: len({row[2] for row in rows}) > 1)
)
@settings(max_examples=25)
def test_sequences_are_what_sorting_gives(rows: list[tuple[str, int, float]]) -> None:
    names = [f"{name}{number}" for name in "abcd" for number in range(3)]
    table = [
        {"run": f"{name}{number}", "at": at, "height": height, "kind": "xy"[number % 2]}
        for number in range(3)
        for name, at, height in rows
    ]
    with tempfile.TemporaryDirectory() as directory:
        source = uploads.write_jsonl(Path(directory) / "runs.jsonl", table)
        result = compile_file(source, SEQUENCES, **LABELLED)
        present = sorted({row["run"] for row in table})
        if len(present) < 10 or len({row[0] for row in rows}) < 3:
            assert result.dataset is None
            return
        assert result.dataset is not None
        assert set(present) <= set(names)
        ordered = sorted(table, key=lambda row: (str(row["run"]), row["at"]))
        assert array(source, "values")[:, 0].tolist() == [row["height"] for row in ordered]
        assert array(source, "target").tolist() == [int(run[1]) % 2 for run in present]


def test_without_a_column_of_series_all_rows_are_one(tmp_path: Path) -> None:
    rows = [{"day": row["day"], "load": row["load"]} for row in load_rows(lengths=(20,))]
    source = uploads.write_csv(tmp_path / "loads.csv", rows[::-1])

    dataset = accepted(source, FORECAST, target="load", time="day")

    assert dataset.rows == 1
    np.testing.assert_array_equal(array(source, "values")[:, 0], [row["load"] for row in rows])


@pytest.mark.parametrize("zone", [None, "Europe/Oslo"])
def test_parquet_tells_times_by_their_type(tmp_path: Path, zone: str | None) -> None:
    stamps = pa.array(np.arange(20)[::-1] * 3_600_000_000, pa.timestamp("us", zone))
    table = pa.table({"at": stamps, "load": pa.array(np.arange(20.0))})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")

    accepted(tmp_path / "t.parquet", FORECAST, target="load", time="at")

    assert array(tmp_path / "t.parquet", "values")[:, 0].tolist() == list(range(19, -1, -1))


MORNING = datetime(2026, 3, 5, 6, 30, tzinfo=UTC).timestamp() * 1e6
APRIL = datetime(2026, 4, 1, tzinfo=UTC).timestamp() * 1e6


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2026-03-05T06:30", "2026-03-05 06:30:00"], [MORNING, MORNING]),
        (["2026/03/05 06:30", " 2026-03-05T06:30:00.000001 "], [MORNING, MORNING + 1]),
        (["2026-03-05T06:30Z", "2026-03-05T08:30:00+02:00"], [MORNING, MORNING]),
        (["2026-03-05T08:30+02:00", "2026-03-05T06:30", "spring", "", None], [MORNING, MORNING, None, None, None]),
        (["2026-13-05", "05/03/2026", "12"], [None, None, None]),
        (["2026/3/5 6:30", "2026.03.05 06:30", "2026-03-05 06:30:00 UTC"], [MORNING, MORNING, MORNING]),
        (["2026-04", "2026Q2", "2026-Q2", "2026-04-01"], [APRIL, APRIL, APRIL, APRIL]),
        (["2026-03-05 18:30 PM", "2026Q5", "2026-3-5-1", "2026"], [None, None, None, None]),
    ],
)
def test_dates_are_microseconds_of_utc(cells: list[str | None], expected: list[float | None]) -> None:
    found = dates_in(pa.array(cells, pa.string()))
    assert [None if np.isnan(time) else time for time in found] == expected


def test_times_as_numbers_are_finite() -> None:
    assert np.isnan(numbers_in(pa.array(["1.5", "inf", "NaN", "x"]))).tolist() == [False, True, True, True]


def test_days_that_are_missing_are_warned_of_and_months_are_even(tmp_path: Path) -> None:
    gap = load_rows(lengths=(20,))
    del gap[7]
    months = [{"day": f"2025-{month:02}-01", "load": month} for month in range(1, 13)]

    with_gap = accepted(uploads.write_csv(tmp_path / "gap.csv", gap), FORECAST, **COLUMNS)
    (tmp_path / "even").mkdir()
    even = accepted(uploads.write_csv(tmp_path / "even" / "m.csv", months), FORECAST, target="load", time="day")

    assert [(warning.code, warning.column) for warning in with_gap.warnings] == [("uneven_steps", "day")]
    assert not even.warnings


def test_categories_are_left_out_with_a_warning(tmp_path: Path) -> None:
    rows = [{**row, "weather": ("sun", "rain")[number % 2]} for number, row in enumerate(load_rows())]

    dataset = accepted(uploads.write_csv(tmp_path / "t.csv", rows), FORECAST, **COLUMNS)

    assert [(warning.code, warning.column) for warning in dataset.warnings] == [("not_a_channel", "weather")]
    assert isinstance(dataset.profile, SeriesProfile)
    assert dataset.profile.dropped == ("weather",)


def test_series_in_numbers_are_in_their_order(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "runs.csv", run_rows())

    dataset = accepted(source, SEQUENCES, **LABELLED)

    assert dataset.classes == ("down", "flat", "up")
    assert array(source, "target").tolist() == [number % 3 for number in range(36)]
    assert np.diff(array(source, "values_offsets")).tolist() == [4 + number % 9 for number in range(36)]


def test_a_problem_of_a_series_names_its_row_and_shows_its_cell(tmp_path: Path) -> None:
    rows = load_rows()
    rows[3]["day"] = "soon"
    (problem,) = compile_file(uploads.write_csv(tmp_path / "t.csv", rows), FORECAST, **COLUMNS).problems
    assert (problem.row, problem.column, problem.code) == (4, "day", "time_unreadable")
    assert problem.message.startswith("'soon' is no time")


def test_the_later_of_two_rows_at_one_time_is_named(tmp_path: Path) -> None:
    rows = load_rows()
    rows.append({**rows[70]})
    (problem,) = compile_file(uploads.write_csv(tmp_path / "t.csv", rows), FORECAST, **COLUMNS).problems
    assert (problem.row, problem.column, problem.code) == (109, "day", "time_duplicate")


@pytest.mark.parametrize("task", [FORECAST, SEQUENCES])
@pytest.mark.parametrize("column", ["meter", "day"])
@pytest.mark.parametrize("empty", [pa.nulls(40), pa.array([float("nan")] * 40), pa.array([" ", "NA"] * 20)])
def test_a_column_without_any_time_or_series_is_one_problem(
    tmp_path: Path, task: Task, column: str, empty: pa.Array
) -> None:
    table = {"meter": pa.array(["a", "b"] * 20), "day": pa.array(range(40)), "load": pa.array(np.arange(40.0) % 7)}
    table |= {"kind": table["meter"], column: empty}
    pyarrow.parquet.write_table(pa.table(table), tmp_path / "t.parquet")
    options = {**COLUMNS, "target": "load" if task is FORECAST else "kind"}
    (problem,) = compile_file(tmp_path / "t.parquet", task, **options).problems
    assert (problem.code, problem.column, problem.row) == (CODES_OF_EMPTY[column], column, None)


CODES_OF_EMPTY = {"meter": "series_missing", "day": "time_unreadable"}


def test_the_case_of_an_empty_column_of_series(tmp_path: Path) -> None:
    source = Path(shutil.copy(CASES / "series-column-empty" / "table.csv", tmp_path))
    (problem,) = compile_file(source, FORECAST, target="y", time="t", series="s").problems
    assert (problem.code, problem.column) == ("series_missing", "s")


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_name_of_a_series_is_one_however_it_is_written(tmp_path: Path, suffix: str) -> None:
    names = ["1", "1.0", " 1", "1."] if suffix == "csv" else [1.0] if suffix == "parquet" else [1, 1.0, "1", "1.0"]
    rows = [{"meter": names[day % len(names)], "day": day, "load": day**2} for day in range(20)]
    rows += [{"meter": 7 if suffix == "parquet" else "007", "day": day, "load": day} for day in range(10)]
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows)
    assert accepted(source, FORECAST, **COLUMNS).rows == 2


TIMES = np.arange(20) * 3_600
TYPES_OF_TIMES = [
    *(pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "Europe/Oslo")),
    *(pa.int32(), pa.uint64(), pa.float32(), pa.decimal128(20, 3), pa.string(), pa.large_string()),
]


@pytest.mark.parametrize("kind", TYPES_OF_TIMES, ids=str)
def test_times_of_every_type_have_the_same_order(tmp_path: Path, kind: pa.DataType) -> None:
    times = pa.array(TIMES).cast(pa.int32() if pa.types.is_decimal(kind) else pa.int64()).cast(kind)
    shuffled = np.random.default_rng(2).permutation(20)
    table = pa.table({"at": times.take(pa.array(shuffled)), "load": shuffled.astype(float)})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    accepted(tmp_path / "t.parquet", FORECAST, target="load", time="at")
    assert array(tmp_path / "t.parquet", "values")[:, 0].tolist() == list(range(20))
