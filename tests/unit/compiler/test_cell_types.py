"""Cells that come with a type, from Parquet and JSON: read as predictions spell them, or told by their kind."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support.cells import case, column_of
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_spec.datasets import NumericColumn, TableProfile
from trainyard_spec.tasks import Task

CLASSES, NUMBERS = Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION
UTC = dt.UTC


@pytest.mark.parametrize("name", ["all-lists", "mixed"])
def test_labels_that_are_lists_are_no_classes(tmp_path: Path, name: str) -> None:
    source = case(tmp_path, f"jsonl-mixed-list-labels/{name}.jsonl")

    (problem,) = compile_file(source, Task.TEXT_CLASSIFICATION, text="text", target="label").problems

    assert (problem.code, problem.row, problem.column) == ("target_unsupported", 1, "label")
    assert "lists" in problem.message


def test_one_list_among_labels_is_named_by_its_row(tmp_path: Path) -> None:
    source = case(tmp_path, "jsonl-mixed-list-labels/one.jsonl")
    row = 1 + next(at for at, line in enumerate(source.read_text().splitlines()) if "[" in line or "{" in line[10:])

    (problem,) = compile_file(source, Task.TEXT_CLASSIFICATION, text="text", target="label").problems

    assert (problem.code, problem.row) == ("target_unsupported", row)


KINDS: list[tuple[pa.Array, str]] = [
    (pa.array([[1]] * 20), "lists"),
    (pa.array([{"a": 1}] * 20), "objects"),
    (pa.array([b"x"] * 20), "binary data"),
    (pa.array([[("k", 1)]] * 20, pa.map_(pa.string(), pa.int64())), "objects"),
    (pa.array([b"12"] * 20, pa.binary(2)), "binary data"),
]


@pytest.mark.parametrize(("values", "kind"), KINDS, ids=[str(values.type) for values, _ in KINDS])
@pytest.mark.parametrize("task", [CLASSES, NUMBERS, Task.TEXT_CLASSIFICATION])
def test_what_cannot_be_read_is_told_by_its_kind(tmp_path: Path, values: pa.Array, kind: str, task: Task) -> None:
    table = pa.table({"x": values, "n": [f"text {place}" for place in range(20)], "y": [*range(20)]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    options = {"text": "n"} if task is Task.TEXT_CLASSIFICATION else {}

    (problem,) = compile_file(tmp_path / "t.parquet", task, target="x", **options).problems

    assert (problem.code, problem.row, problem.column) == ("target_unsupported", 1, "x")
    assert kind in problem.message


def test_durations_are_seconds_and_huge_numbers_are_not_called_constant(tmp_path: Path) -> None:
    source = case(tmp_path, "parquet-wrong-reasons/t.parquet")

    dataset = accepted(source, CLASSES, target="y")

    waited = column_of(dataset, "waited")
    assert isinstance(waited, NumericColumn)
    assert (waited.minimum, waited.maximum) == (0, 59)
    (warning,) = dataset.warnings
    assert (warning.code, warning.column) == ("constant_column", "id")
    assert "9,007,199,254,740,992" in warning.message


def test_the_index_of_pandas_is_no_feature(tmp_path: Path) -> None:
    source = case(tmp_path, "parquet-pandas-index/shuffled.parquet")

    dataset = accepted(source, CLASSES, target="kind")

    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["length", "width"]
    assert dataset.profile.dropped == ("__index_level_0__",)
    assert [(warning.code, warning.column) for warning in dataset.warnings] == [("index_column", "__index_level_0__")]


@pytest.mark.parametrize(
    "stated", [b"{", b"[]", b'{"index_columns": 7}', b'{"index_columns": [{"kind": "range"}, 3]}', b"[" * 50_000]
)
def test_odd_words_of_pandas_do_no_harm(tmp_path: Path, stated: bytes) -> None:
    table = pa.table({"x": [*range(20)], "y": ["a", "b"] * 10}).replace_schema_metadata({b"pandas": stated})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")

    dataset = accepted(tmp_path / "t.parquet", CLASSES, target="y")

    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["x"]


TYPED: list[tuple[pa.DataType, list[Any], list[float]]] = [
    (pa.timestamp("ns"), [np.datetime64("2026-01-31", "ns"), np.datetime64("1969-12-31", "ns")], [1769817600, -86400]),
    (pa.timestamp("ms", "Europe/Berlin"), [dt.datetime(2026, 1, 31, tzinfo=UTC), None], [1769817600, np.nan]),
    (pa.date32(), [dt.date(2026, 1, 31), dt.date(1970, 1, 2)], [1769817600, 86400]),
    (pa.date64(), [dt.date(2026, 1, 31), dt.date(1970, 1, 2)], [1769817600, 86400]),
    (pa.time32("s"), [dt.time(18, 30), dt.time(0, 0, 1)], [66600, 1]),
    (pa.time64("us"), [dt.time(18, 30), dt.time(0, 0, 1, 500_000)], [66600, 1.5]),
    (pa.duration("ms"), [dt.timedelta(seconds=1.5), dt.timedelta(days=1)], [1.5, 86400]),
    (pa.decimal128(12, 3), [Decimal("1.500"), Decimal("-2")], [1.5, -2]),
    (pa.decimal256(50, 3), [Decimal("1.500"), Decimal("-2")], [1.5, -2]),
    (pa.float16(), [np.float16(1.5), np.float16(-2)], [1.5, -2]),
    (pa.uint64(), [2**53, 1], [2**53, 1]),
]


@pytest.mark.parametrize(("kind", "cells", "numbers"), TYPED, ids=[str(kind) for kind, *_ in TYPED])
def test_typed_cells_are_read_as_predictions_spell_them(
    tmp_path: Path, kind: pa.DataType, cells: list[Any], numbers: list[float]
) -> None:
    table = pa.table({"x": pa.array(cells * 10, kind), "y": ["a", "b"] * 10})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")

    dataset = accepted(tmp_path / "t.parquet", CLASSES, target="y")

    assert array(tmp_path / "t.parquet", "numeric")[:2, 0].tolist() == pytest.approx(numbers, nan_ok=True)
    assert isinstance(dataset.profile, TableProfile)
    found, _ = encode_rows([{"x": as_json(cell)} for cell in cells], dataset.profile)
    np.testing.assert_array_equal(found[:, 0], array(tmp_path / "t.parquet", "numeric")[:2, 0])


def as_json(cell: Any) -> Any:
    """As a client would send it."""
    if isinstance(cell, dt.timedelta):
        return cell.total_seconds()
    if isinstance(cell, np.datetime64):
        return str(cell)
    if isinstance(cell, Decimal | np.float16):
        return float(cell)
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else cell
