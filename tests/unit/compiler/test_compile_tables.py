"""A table becomes typed columns and a target, the same from CSV, Parquet and JSON lines."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.uploads import Row
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_spec.datasets import CategoricalColumn, CompiledDataset, NumericColumn, TableProfile
from trainyard_spec.tasks import Task

CLASSIFICATION = Task.TABULAR_CLASSIFICATION
REGRESSION = Task.TABULAR_REGRESSION
WRITERS = {"csv": uploads.write_csv, "parquet": uploads.write_parquet, "jsonl": uploads.write_jsonl}


def profile_of(dataset: CompiledDataset) -> TableProfile:
    assert isinstance(dataset.profile, TableProfile)
    return dataset.profile


def with_column(values: list[object], name: str = "x") -> list[Row]:
    return [{**row, name: value} for row, value in zip(uploads.flower_rows(len(values)), values, strict=True)]


@pytest.mark.parametrize("suffix", WRITERS)
def test_columns_get_their_kinds_and_values_whatever_the_format(tmp_path: Path, suffix: str) -> None:
    source = WRITERS[suffix](tmp_path / f"flowers.{suffix}", uploads.flower_rows())

    dataset = accepted(source, CLASSIFICATION, target="species")

    assert dataset.rows == 30
    assert dataset.classes == ("lily", "rose", "tulip")
    assert dataset.class_counts == (10, 10, 10)
    profile = profile_of(dataset)
    assert profile.target == "species"
    assert profile.columns == (
        NumericColumn(name="length", missing=0, minimum=0, maximum=14.5, mean=7.25),
        NumericColumn(name="width", missing=0, minimum=0, maximum=6, mean=85 / 30),
        CategoricalColumn(name="colour", missing=0, categories=("blue", "red")),
        NumericColumn(name="weight", missing=0, minimum=0, maximum=43.5, mean=21.75),
    )
    numeric = array(source, "numeric")
    assert numeric.dtype == np.float64
    assert numeric[3].tolist() == [1.5, 3, 4.5]
    assert array(source, "categorical")[:3].tolist() == [[1], [0], [1]]
    assert array(source, "categorical").dtype == np.int32
    assert array(source, "target")[:3].tolist() == [1, 2, 0]
    assert array(source, "target").dtype == np.int64


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_regression_stores_its_target_as_float64(tmp_path: Path, suffix: str) -> None:
    source = WRITERS[suffix](tmp_path / f"flowers.{suffix}", uploads.flower_rows())

    dataset = accepted(source, REGRESSION, target="weight")

    assert dataset.classes == dataset.class_counts == ()
    assert array(source, "target").dtype == np.float64
    assert array(source, "target").tolist() == [number * 1.5 for number in range(30)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_csv_comes_in_several_dialects(tmp_path: Path, separator: str, encoding: str, ending: str) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", uploads.flower_rows(), separator=separator, encoding=encoding)
    source.write_bytes(source.read_bytes().replace(b"\r\n", ending.encode()))

    dataset = accepted(source, CLASSIFICATION, target="species")

    assert [column.name for column in profile_of(dataset).columns] == ["length", "width", "colour", "weight"]


def test_quoted_cells_may_hold_separators_line_breaks_and_quotes(tmp_path: Path) -> None:
    odd = ["a,b", "line\nbreak", 'a "quote"'] * 10
    source = uploads.write_csv(tmp_path / "t.csv", with_column(odd))

    dataset = accepted(source, CLASSIFICATION, target="species")

    assert (
        CategoricalColumn(name="x", missing=0, categories=('a "quote"', "a,b", "line\nbreak"))
        in profile_of(dataset).columns
    )


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", uploads.flower_rows())
    source.write_bytes(b"\n" + source.read_bytes().replace(b"\r\n", b"\n\n") + b"\n\n")

    assert accepted(source, CLASSIFICATION, target="species").rows == 30


@pytest.mark.parametrize("written", ["", "NA", "NaN", "nan", "null", "NULL", "  ", " NA "])
def test_missing_values_of_features_are_kept_as_missing(tmp_path: Path, written: str) -> None:
    numbers = uploads.write_csv(tmp_path / "n.csv", with_column([written, *range(29)]))

    dataset = accepted(numbers, CLASSIFICATION, target="species")

    column = profile_of(dataset).columns[-1]
    assert column == NumericColumn(name="x", missing=1, minimum=0, maximum=28, mean=14)
    assert np.isnan(array(numbers, "numeric")[0, -1])
    assert not np.isnan(array(numbers, "numeric")[1:]).any()


def test_missing_categories_are_minus_one(tmp_path: Path) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", with_column([None, "NA", *["a", "b"] * 14]))

    dataset = accepted(source, CLASSIFICATION, target="species")

    assert profile_of(dataset).columns[-1] == CategoricalColumn(name="x", missing=2, categories=("a", "b"))
    assert array(source, "categorical")[:4, 1].tolist() == [-1, -1, 0, 1]


def test_a_key_that_some_json_objects_lack_is_missing_there(tmp_path: Path) -> None:
    rows: list[Row] = uploads.flower_rows()
    for row in rows[5:]:
        row["late"] = row["length"]
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows)

    dataset = accepted(source, CLASSIFICATION, target="species")

    assert profile_of(dataset).columns[-1].missing == 5
    assert np.isnan(array(source, "numeric")[:5, -1]).all()


def test_json_columns_may_mix_kinds(tmp_path: Path) -> None:
    rows = with_column([1, "a", True] * 10)
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows)

    dataset = accepted(source, CLASSIFICATION, target="species")

    np.testing.assert_array_equal(encode_rows(rows, profile_of(dataset))[1], array(source, "categorical"))

    assert profile_of(dataset).columns[-1] == CategoricalColumn(name="x", missing=0, categories=("1", "a", "true"))


def test_classes_that_are_numbers_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    source = uploads.write_parquet(tmp_path / "t.parquet", with_column([10.0, 9.0, 1.0] * 10))

    assert accepted(source, CLASSIFICATION, target="x").classes == ("1", "9", "10")


def test_whole_numbers_are_one_class_however_they_are_stored(tmp_path: Path) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", with_column([0, 1.0, 1, 0.0] * 5))

    assert accepted(source, CLASSIFICATION, target="x").classes == ("0", "1")


PARQUET_KINDS: list[tuple[Callable[[int], object], pa.DataType, type]] = [
    (lambda n: n, pa.int8(), NumericColumn),
    (lambda n: n, pa.uint64(), NumericColumn),
    (lambda n: n / 2, pa.float32(), NumericColumn),
    (lambda n: Decimal(n), pa.decimal128(10, 2), NumericColumn),
    (lambda n: n % 2 == 0, pa.bool_(), CategoricalColumn),
    (lambda n: "ab"[n % 2], pa.large_string(), CategoricalColumn),
    (lambda n: "ab"[n % 2], pa.dictionary(pa.int8(), pa.string()), CategoricalColumn),
    (lambda n: datetime.date(2026, 1, 1 + n % 2), pa.date32(), NumericColumn),
    (lambda n: datetime.datetime(2026, 1, 1 + n % 2, tzinfo=datetime.UTC), pa.timestamp("s", "UTC"), NumericColumn),
]


@pytest.mark.parametrize(("value", "kind", "becomes"), PARQUET_KINDS, ids=[str(kind) for _, kind, _ in PARQUET_KINDS])
def test_parquet_types(tmp_path: Path, value: Callable[[int], object], kind: pa.DataType, becomes: type) -> None:
    table = pa.Table.from_pylist(uploads.flower_rows()).append_column("x", pa.array(map(value, range(30)), kind))
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")

    dataset = accepted(tmp_path / "t.parquet", CLASSIFICATION, target="species")

    assert isinstance(profile_of(dataset).columns[-1], becomes)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([None] * 30, "empty_column"),
        ([7] * 30, "constant_column"),
        (["same"] * 30, "constant_column"),
        ([f"text {number}" for number in range(30)], "text_column"),
        ([[1, 2]] * 30, "unsupported_column"),
        ([{"0": 1}] * 30, "unsupported_column"),
    ],
)
def test_columns_with_nothing_to_learn_from_are_dropped_with_a_warning(
    tmp_path: Path, values: list[object], code: str
) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", with_column(values))

    dataset = accepted(source, CLASSIFICATION, target="species")

    assert profile_of(dataset).dropped == ("x",)
    assert [(warning.code, warning.column) for warning in dataset.warnings] == [(code, "x")]


def test_a_column_with_one_value_and_gaps_is_kept_for_its_gaps(tmp_path: Path) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", with_column([7, None] * 15))

    assert profile_of(accepted(source, CLASSIFICATION, target="species")).dropped == ()


def test_few_unreadable_numbers_are_problems_and_many_make_the_column_text(tmp_path: Path) -> None:
    few = uploads.write_csv(tmp_path / "few.csv", with_column([*range(27), "!", "!", "!"]))
    many = uploads.write_csv(tmp_path / "many.csv", with_column([*[1, 2] * 13, "!", "!", "!", "!"]))

    rejected = compile_file(few, CLASSIFICATION, target="species")

    assert [(p.code, p.row, p.column) for p in rejected.problems] == [
        ("not_a_number", row, "x") for row in (28, 29, 30)
    ]
    column = profile_of(accepted(many, CLASSIFICATION, target="species")).columns[-1]
    assert column == CategoricalColumn(name="x", missing=0, categories=("!", "1", "2"))


def test_problems_in_later_batches_keep_their_row_numbers(tmp_path: Path) -> None:
    rows = uploads.flower_rows(60_000)
    rows[59_990]["length"] = "many"
    rows[59_995]["species"] = "NA"
    source = uploads.write_csv(tmp_path / "t.csv", rows)

    result = compile_file(source, CLASSIFICATION, target="species")

    assert {(p.code, p.row) for p in result.problems} == {("not_a_number", 59_991), ("target_missing", 59_996)}


def test_a_hundred_problems_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    rows = uploads.flower_rows(300)
    for row in rows[::2]:
        row["species"] = "NA"
    source = uploads.write_csv(tmp_path / "t.csv", rows)

    result = compile_file(source, CLASSIFICATION, target="species")

    assert len(result.problems) == 100
    assert result.problems_omitted == 50
    assert [problem.row for problem in result.problems[:3]] == [1, 3, 5]


def test_an_unknown_target_names_the_nearest_column(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", uploads.flower_rows())

    result = compile_file(source, CLASSIFICATION, target="specis")

    assert "Did you mean 'species'?" in result.problems[0].message


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_content_tells_the_format_and_not_the_name(tmp_path: Path, suffix: str) -> None:
    source = WRITERS[suffix](tmp_path / "upload.bin", uploads.flower_rows())

    assert accepted(source, CLASSIFICATION, target="species").rows == 30
