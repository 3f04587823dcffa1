"""Numbers, dates and names as people spell them: read at compile, and by a prediction alike, or told."""

import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.compiler import forms
from trainyard_engine.compiler.cells import Cells, of_json
from trainyard_engine.data.coverage import MISSING, NEVER_SEEN
from trainyard_engine.faults import EngineFault
from trainyard_engine.inputs import encode_rows
from trainyard_spec.datasets import CategoricalColumn, CompiledDataset, NumericColumn, TableProfile
from trainyard_spec.tasks import Task

CASES = Path("tests/cases")
CLASSES, NUMBERS = Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION
UTC = dt.UTC


def case(tmp_path: Path, name: str) -> Path:
    return Path(shutil.copy(CASES / name, tmp_path))


def column_of(dataset: CompiledDataset, name: str = "x") -> NumericColumn | CategoricalColumn:
    assert isinstance(dataset.profile, TableProfile)
    return next(column for column in dataset.profile.columns if column.name == name)


def compiled_column(directory: Path, cells: list[Any], suffix: str = "csv") -> tuple[CompiledDataset, np.ndarray]:
    """A table of ``cells`` in column ``x``, beside a number and two classes; and what became of them."""
    rows = [{"x": cell, "n": place, "y": "pq"[place % 2]} for place, cell in enumerate(cells)]
    writers = {"csv": uploads.write_csv, "jsonl": uploads.write_jsonl, "parquet": uploads.write_parquet}
    source = writers[suffix](directory / f"t.{suffix}", rows)
    dataset = accepted(source, CLASSES, target="y")
    kind = column_of(dataset).kind
    return dataset, np.array(array(source, kind)[:, 0])


SPELLED: dict[str, tuple[list[str], list[float]]] = {
    "thousands": (["1,234.5", "12", "-1,234,567", "0.5"], [1234.5, 12, -1234567, 0.5]),
    "thousands by spaces": (["1 234", "12", "1\u202f234\u00a0567.5"], [1234, 12, 1234567.5]),
    "thousands by apostrophes": (["1'234", "12", "1’234.5"], [1234, 12, 1234.5]),
    "decimal comma": (["4,2", "1.234,5", "-3", "1 234,25"], [4.2, 1234.5, -3, 1234.25]),
    "per cent": (["15 %", "15%", "2.5 %", "0.5"], [0.15, 0.15, 0.025, 0.5]),
    "currency": (["$1,234.50", "€ 5", "-£3.5", "12 €"], [1234.5, 5, -3.5, 12]),
    "minus": (["−3", "+4", "1e-3", "2E+2"], [-3, 4, 0.001, 200]),
    "dates": (["2026-01-31", "2026/02/01", "2026-02-01T06:00Z"], [1769817600, 1769904000, 1769925600]),
    "month first": (["1/31/2026", "02/01/2026 06:00"], [1769817600, 1769925600]),
    "day first": (["31.01.2026", "1.2.2026 6:00"], [1769817600, 1769925600]),
    "times of day": (["18:30", "0:00:01.5"], [66600, 1.5]),
}


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("spelling", SPELLED)
def test_a_column_in_one_style_is_one_of_numbers(tmp_path: Path, spelling: str, suffix: str) -> None:
    texts, numbers = SPELLED[spelling]

    dataset, stored = compiled_column(tmp_path, [*texts, "N/A"] * 4, suffix)

    assert isinstance(column_of(dataset), NumericColumn)
    np.testing.assert_allclose(stored, [*numbers, np.nan] * 4, rtol=1e-15)
    inputs = [{"x": text, "n": 0} for text in [*texts, "N/A"]]
    assert isinstance(dataset.profile, TableProfile)
    np.testing.assert_array_equal(encode_rows(inputs, dataset.profile)[0][:, 0], stored[: len(inputs)])
    assert [warning.code for warning in dataset.warnings] == []


@pytest.mark.parametrize(
    "blank", ["N/A", "n/a", "NA", "NULL", "null", "None", "-", "?", "#N/A", "nan", "NaN", "<NA>", " "]
)
def test_what_stands_for_nothing_is_missing_among_numbers(tmp_path: Path, blank: str) -> None:
    dataset, stored = compiled_column(tmp_path, [1.5, blank, 2.5, 3.5] * 5)

    assert column_of(dataset) == NumericColumn(name="x", missing=5, minimum=1.5, maximum=3.5, mean=2.5)
    assert np.isnan(stored).sum() == 5
    assert isinstance(dataset.profile, TableProfile)
    assert np.isnan(encode_rows([{"x": blank, "n": 1}], dataset.profile)[0][0, 0])


def test_fifteen_per_cent_of_not_available_are_gaps(tmp_path: Path) -> None:
    source = case(tmp_path, "csv-NA-slash-15-percent/table.csv")

    column = column_of(accepted(source, CLASSES, target="y"))

    assert isinstance(column, NumericColumn)
    assert column.missing == source.read_text().count("N/A")


def test_a_name_among_names_is_no_gap(tmp_path: Path) -> None:
    dataset, _ = compiled_column(tmp_path, ["None", "some", "-", "+"] * 5)

    assert column_of(dataset) == CategoricalColumn(name="x", missing=0, categories=("+", "-", "None", "some"))


def test_a_missing_class_is_told_by_what_stands_there(tmp_path: Path) -> None:
    source = case(tmp_path, "csv-NA-class/regions.csv")

    problems = compile_file(source, CLASSES, target="y").problems

    assert (problems[0].code, problems[0].row) == ("target_missing", 2)
    assert problems[0].message.startswith("'NA' counts as missing")


def test_few_cells_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    rows = [{"x": f"{place},5", "y": "pq"[place % 2]} for place in range(40)]
    rows[7]["x"] = "4.5"
    source = uploads.write_csv(tmp_path / "t.csv", rows, separator=";")

    (problem,) = compile_file(source, CLASSES, target="y").problems

    assert (problem.code, problem.row, problem.column) == ("not_a_number", 8, "x")
    assert problem.message.startswith("'4.5' is not a number with a decimal comma")


def test_mostly_numbers_read_as_names_are_told(tmp_path: Path) -> None:
    few, _ = compiled_column(tmp_path, ["1", "2", "3", "3+"] * 5)

    (warning,) = few.warnings
    assert (warning.code, warning.column) == ("numbers_as_categories", "x")
    assert "75%" in warning.message
    assert "'3+' in row 4" in warning.message


def test_a_comma_that_may_mean_two_things_is_told(tmp_path: Path) -> None:
    dataset, stored = compiled_column(tmp_path, ["1,234", "2,500"] * 8)

    assert stored[:2].tolist() == [1234, 2500]
    assert [(warning.code, warning.column) for warning in dataset.warnings] == [("ambiguous_numbers", "x")]


def test_a_target_whose_commas_may_mean_two_things_is_told(tmp_path: Path) -> None:
    rows = [{"x": place, "y": f"{place + 1},250"} for place in range(20)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)

    dataset = accepted(source, NUMBERS, target="y")

    assert array(source, "target")[:2].tolist() == [1250, 2250]
    assert [(warning.code, warning.column) for warning in dataset.warnings] == [("ambiguous_numbers", "y")]


def test_days_that_may_be_months_are_told(tmp_path: Path) -> None:
    dataset, _ = compiled_column(tmp_path, ["1/2/2026", "3/4/2026"] * 8)

    assert [(warning.code, warning.column) for warning in dataset.warnings] == [("ambiguous_numbers", "x")]


def test_decimal_commas_are_read_and_predicted(tmp_path: Path) -> None:
    source = case(tmp_path, "csv-decimal-comma/measurements.csv")

    dataset = accepted(source, CLASSES, target="species")

    assert column_of(dataset, "length") == column_of(dataset, "length").model_copy(update={"form": "decimal_comma"})
    assert array(source, "numeric")[0].tolist() == [4.8, 2.8]
    assert isinstance(dataset.profile, TableProfile)
    inputs = [{"length": 4.8, "width": 2.8}, {"length": "4,8", "width": "2,8"}]
    np.testing.assert_array_equal(encode_rows(inputs, dataset.profile)[0], [[4.8, 2.8]] * 2)


def test_what_later_rows_say_of_the_style_holds_for_the_first(tmp_path: Path) -> None:
    cells = [*range(30_000), *(f"{place},5" for place in range(30_000))]

    dataset, stored = compiled_column(tmp_path, cells)

    assert isinstance(column_of(dataset), NumericColumn)
    np.testing.assert_array_equal(stored, [*range(30_000), *(place + 0.5 for place in range(30_000))])


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("yes", ["True", "true", "TRUE", True])
def test_a_boolean_is_one_category_however_it_is_written(tmp_path: Path, yes: object, suffix: str) -> None:
    no = {"True": "False", "true": "false", "TRUE": "FALSE", True: False}[yes]
    dataset, stored = compiled_column(tmp_path, [yes, no] * 8, suffix)

    assert column_of(dataset) == CategoricalColumn(name="x", missing=0, categories=("false", "true"))
    assert stored[:2].tolist() == [1, 0]
    assert isinstance(dataset.profile, TableProfile)
    inputs = [{"x": cell, "n": 1} for cell in (True, "True", "TRUE", "true ", False, "False")]
    assert encode_rows(inputs, dataset.profile)[1][:, 0].tolist() == [1, 1, 1, 1, 0, 0]


def test_the_booleans_of_the_case_are_predicted_apart(tmp_path: Path) -> None:
    source = case(tmp_path, "csv-booleans-predict-json/table.csv")
    dataset = accepted(source, CLASSES, target="y")

    assert isinstance(dataset.profile, TableProfile)
    codes = encode_rows([{"smoker": True, "amount": 1}, {"smoker": False, "amount": 1}], dataset.profile)[1]
    assert codes[:, 0].tolist() == [1, 0]


def test_categories_of_older_models_are_found_too() -> None:
    column = CategoricalColumn(name="x", missing=0, categories=("False", "True", "1.0", "007", "1.50"))
    profile = TableProfile(target="y", columns=(column,))

    codes = encode_rows([{"x": cell} for cell in (True, "1", 1, 1.0, 7, 1.5, "7", None)], profile)[1][:, 0]

    assert codes.tolist() == [1, 2, 2, 2, 3, 4, NEVER_SEEN, MISSING]


@pytest.mark.parametrize("cell", ["1.0", "1", 1, 1.0])
def test_a_whole_number_is_one_name_however_it_is_written(cell: object) -> None:
    cells = Cells.of(pa.array([cell, cell]))
    assert cells is not None
    assert cells.text().to_pylist() == ["1", "1"]


def test_names_are_compared_in_one_unicode_form(tmp_path: Path) -> None:
    dataset, stored = compiled_column(tmp_path, ["caf\u00e9", "cafe\u0301", "tea"] * 6)

    assert column_of(dataset) == CategoricalColumn(name="x", missing=0, categories=("caf\u00e9", "tea"))
    assert stored[:3].tolist() == [0, 0, 1]


@pytest.mark.parametrize("cell", [10**400, -(10**400), float("inf"), [1], {"a": 1}, True, "abc", "1e999"])
def test_what_no_column_can_hold_is_a_bad_input(cell: object) -> None:
    profile = TableProfile(target="y", columns=(NumericColumn(name="n", missing=0),))

    with pytest.raises(EngineFault) as caught:
        encode_rows([{"n": 1}, {"n": cell}], profile)

    assert (caught.value.failed.code, caught.value.failed.field) == ("invalid_input", "inputs.1.n")
    assert len(caught.value.failed.message) < 300


def test_the_huge_integer_of_the_case_is_a_bad_input() -> None:
    request = json.loads((CASES / "predict-huge-integer/request.json").read_text())
    profile = TableProfile(target="y", columns=(NumericColumn(name="n", missing=0),))

    with pytest.raises(EngineFault, match="not a number") as caught:
        encode_rows(request["inputs"], profile)

    assert caught.value.failed.code == "invalid_input"


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


@pytest.mark.parametrize("stated", [b"{", b"[]", b'{"index_columns": 7}', b'{"index_columns": [{"kind": "range"}, 3]}'])
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


def test_values_that_become_one_beside_an_outlier_are_told(tmp_path: Path) -> None:
    dataset, _ = compiled_column(tmp_path, [*range(300), 1e18])

    (warning,) = dataset.warnings
    assert (warning.code, warning.column) == ("merged_values", "x")
    assert "Of 301 different values in column 'x', training sees 2:" in warning.message


@pytest.mark.parametrize(("name", "task"), [("timestamps", CLASSES), ("counter", NUMBERS), ("target", NUMBERS)])
def test_values_that_centring_keeps_apart_are_not(tmp_path: Path, name: str, task: Task) -> None:
    dataset = accepted(case(tmp_path, f"float32-collapse/{name}.csv"), task, target="y")

    assert dataset.warnings == ()


def test_a_date_is_no_number_to_predict(tmp_path: Path) -> None:
    rows = [{"x": place, "y": f"2026-01-{place + 1:02}"} for place in range(20)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)

    problems = compile_file(source, NUMBERS, target="y").problems

    assert [problem.code for problem in problems] == ["target_not_numeric"] * 20


def test_a_date_that_does_not_exist_is_named(tmp_path: Path) -> None:
    rows = [{"x": f"2026-01-{place + 1:02}", "y": "pq"[place % 2]} for place in range(20)]
    rows[3]["x"] = "2026-02-30"
    source = uploads.write_csv(tmp_path / "t.csv", rows)

    (problem,) = compile_file(source, CLASSES, target="y").problems

    assert (problem.code, problem.row) == ("not_a_number", 4)
    assert problem.message.startswith("'2026-02-30' is not a date or time")


@pytest.mark.parametrize("form", forms.FORMS)
def test_a_text_is_read_alike_alone_and_among_others(form: Any) -> None:
    texts = [text for spelled, _ in SPELLED.values() for text in spelled] + [
        "1,2,3",
        "1'2",
        "%",
        "4711-1",
        "24:61",
        "INF",
        "",
    ]
    together = forms.read(pa.array(texts), form)

    np.testing.assert_array_equal(together, [forms.read(pa.array([text]), form)[0] for text in texts])
    found = forms.spelled(pa.array(texts), [form])[form]
    np.testing.assert_array_equal(found, forms.matching(pa.array(texts), form))


def test_lists_among_cells_of_json_are_marked() -> None:
    found = of_json([1, [2], "x", {"a": 1}, None])

    assert pa.types.is_list(found.type)
    assert found.is_valid().to_pylist() == [False, True, False, True, False]
