"""Numbers, dates and names as people spell them: read at compile, and by a prediction alike, or told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.cells import CASES, case, column_of
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.core.coverage import MISSING, NEVER_SEEN
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.cells.canonical_cells import Cells, of_json
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_spec.datasets import CategoricalColumn, CompiledDataset, NumericColumn, TableProfile
from trainyard_spec.tasks import Task

CLASSES, NUMBERS = Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION


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
    "currency": (["$1,234.50", "€ 5", "-£3.5", "$-2", "12 €"], [1234.5, 5, -3.5, -2, 12]),
    "minus": (["−3", "+4", "1e-3", "2E+2"], [-3, 4, 0.001, 200]),
    "dates": (["2026-01-31", "2026/02/01", "2026-02-01T06:00Z"], [1769817600, 1769904000, 1769925600]),
    "month first": (["1/31/2026", "02/01/2026 06:00"], [1769817600, 1769925600]),
    "day first": (["31.01.2026", "1.2.2026 6:00"], [1769817600, 1769925600]),
    "times of day": (["18:30", "0:00:01.5"], [66600, 1.5]),
    "losses": (["(1,234.50)", "12", "$(3)", "(5 %)", "7.5-"], [-1234.5, 12, -3, -0.05, -7.5]),
    "lakhs": (["1,23,456", "12,34,567.5", "-1,00,000", "5"], [123456, 1234567.5, -100000, 5]),
    "Excel's texts": (['="007"', '="1.5"', "3"], [7, 1.5, 3]),
    "months by name": (["31 Jan 2026", "01-FEB-26", "February 1, 2026 06:00"], [1769817600, 1769904000, 1769925600]),
    "weeks": (["2026-W05", "2026-W05-7", "2026W06"], [1769385600, 1769904000, 1769990400]),
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


NOTHING = "N/A n/a NA NULL null None - ? #N/A nan NaN <NA> #DIV/0! #REF! #NUM! \\N (null) [NULL] <null> -1.#IND 1.#QNAN"


@pytest.mark.parametrize("blank", [" ", *NOTHING.split()])
def test_what_stands_for_nothing_is_missing_among_numbers(tmp_path: Path, blank: str) -> None:
    dataset, stored = compiled_column(tmp_path, [1.5, blank, 2.5, 3.5] * 5)

    assert column_of(dataset) == NumericColumn(name="x", missing=5, minimum=1.5, maximum=3.5, mean=2.5)
    assert np.isnan(stored).sum() == 5
    assert isinstance(dataset.profile, TableProfile)
    assert np.isnan(encode_rows([{"x": blank, "n": 1}], dataset.profile)[0][0, 0])


@pytest.mark.parametrize("cell", ["--0", "+-5", "-+5", "-$-5", "−-1"])
def test_a_cell_with_two_signs_is_no_number(cell: str) -> None:
    read = Cells.of(pa.array([cell, "7"]))
    assert read is not None
    np.testing.assert_array_equal(read.numbers, [np.nan, 7])


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


@pytest.mark.parametrize("form", cell_forms.FORMS)
def test_a_text_is_read_alike_alone_and_among_others(form: Any) -> None:
    odd = ["1,2,3", "1'2", "%", "4711-1", "24:61", "INF", ""]
    texts = [text for spelled, _ in SPELLED.values() for text in spelled] + odd
    together = cell_forms.read(pa.array(texts), form)

    np.testing.assert_array_equal(together, [cell_forms.read(pa.array([text]), form)[0] for text in texts])
    found = cell_forms.spelled(pa.array(texts), [form])[form]
    np.testing.assert_array_equal(found, cell_forms.matching(pa.array(texts), form))


def test_lists_among_cells_of_json_are_marked() -> None:
    found = of_json([1, [2], "x", {"a": 1}, None])

    assert pa.types.is_list(found.type)
    assert found.is_valid().to_pylist() == [False, True, False, True, False]
