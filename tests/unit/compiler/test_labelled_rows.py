"""Rows without a target are left out and told, keep the numbers that they have in the file, or are problems."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted, array, compile_file
from tests.support.trainings import train_here
from trainyard_spec.tasks import Task

CLASSES, NUMBERS = Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION
TEXT_CLASSES, TEXT_NUMBERS = Task.TEXT_CLASSIFICATION, Task.TEXT_REGRESSION
GAPS = (0, 5, 6, 29)
KEPT = [row + 1 for row in range(30) if row not in GAPS]
WRITERS: dict[str, Callable[..., Path]] = {
    "csv": uploads.write_csv,
    "jsonl": uploads.write_jsonl,
    "parquet": uploads.write_parquet,
}


def rows(value: Callable[[int], Any], *, count: int = 30, gaps: tuple[int, ...] = GAPS) -> list[dict[str, Any]]:
    return [
        {
            "n": row,
            "post": f"text {row}",
            "part": ("train", "val", "test")[row % 3],
            "y": None if row in gaps else value(row),
        }
        for row in range(count)
    ]


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("task", [CLASSES, NUMBERS, TEXT_CLASSES, TEXT_NUMBERS])
def test_they_are_left_out_and_told(tmp_path: Path, task: Task, suffix: str) -> None:
    value = (lambda row: "pq"[row % 2]) if task.is_classification else (lambda row: row / 2)
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows(value))
    text = {"text": "post"} if task in (TEXT_CLASSES, TEXT_NUMBERS) else {}

    dataset = accepted(source, task, target="y", split="part", **text)

    assert dataset.rows == 26
    assert array(source, "row").tolist() == KEPT
    assert array(source, "target")[:2].tolist() == ([1, 0] if task.is_classification else [0.5, 1])
    assert array(source, "split_split")[:4].tolist() == [1, 2, 0, 1]
    (warning,) = (warning for warning in dataset.warnings if warning.code == "unlabelled_rows")
    assert (warning.column, warning.file) == ("y", source.name)
    assert "4 of 30 rows hold no value of the target (y), the first of them row 1" in warning.message


def test_a_number_that_is_none_in_a_batch_of_parquet_is_a_gap(tmp_path: Path) -> None:
    table = pa.table({"n": list(range(30)), "y": [float("nan") if row in GAPS else row / 2 for row in range(30)]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")

    assert accepted(tmp_path / "t.parquet", NUMBERS, target="y").rows == 26


@pytest.mark.parametrize("cell", ["", " ", "NA", "-", "?", "n/a"])
def test_what_stands_for_no_number_is_a_gap_too(tmp_path: Path, cell: str) -> None:
    table = rows(float)
    for gap in GAPS:
        table[gap]["y"] = cell

    accepted(uploads.write_csv(tmp_path / "t.csv", table), NUMBERS, target="y")

    assert array(tmp_path / "t.csv", "row").tolist() == KEPT


def test_a_class_that_is_called_na_is_not_left_out(tmp_path: Path) -> None:
    table = rows(lambda row: "pq"[row % 2])
    table[7]["y"] = "NA"

    (problem,) = compile_file(uploads.write_csv(tmp_path / "t.csv", table), CLASSES, target="y").problems

    assert (problem.code, problem.row) == ("target_missing", 8)
    assert problem.message.startswith("'NA' counts as missing")


@pytest.mark.parametrize("gaps", [range(16), range(30)])
def test_more_than_half_are_a_problem(tmp_path: Path, gaps: range) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", rows(lambda row: "pq"[row % 2], gaps=tuple(gaps)))

    (problem,) = compile_file(source, CLASSES, target="y").problems

    assert (problem.code, problem.row, problem.column) == ("target_missing", 1, "y")
    assert problem.message.startswith(f"{len(gaps)} of 30 rows hold no value of the target")


def test_problems_of_other_rows_keep_their_numbers(tmp_path: Path) -> None:
    table = rows(lambda row: "pq"[row % 2], count=60)
    table[20]["n"] = "many"
    table[40]["part"] = "none"

    (problem,) = compile_file(uploads.write_csv(tmp_path / "t.csv", table), CLASSES, target="y").problems
    assert (problem.code, problem.row) == ("not_a_number", 21)
    table[20]["n"] = 20
    (problem,) = compile_file(uploads.write_csv(tmp_path / "u.csv", table), CLASSES, target="y", split="part").problems
    assert (problem.code, problem.row) == ("split_unreadable", 41)


def test_a_warning_of_another_row_keeps_its_number(tmp_path: Path) -> None:
    table = [{**row, "x": "3+" if place == 12 else str(place % 3)} for place, row in enumerate(rows(float))]
    for place in (13, 14, 15):
        table[place]["x"] = "4+"

    dataset = accepted(uploads.write_csv(tmp_path / "t.csv", table), NUMBERS, target="y")

    assert any("'3+' in row 13" in warning.message for warning in dataset.warnings)


def test_gaps_that_fill_whole_batches_are_left_out(tmp_path: Path) -> None:
    lines = [f"{row},{row % 7},{'' if row < 90_000 else 'pq'[row % 2]}" for row in range(200_000)]
    (tmp_path / "t.csv").write_text("\n".join(["n,m,y", *lines]), encoding="utf-8")

    dataset = accepted(tmp_path / "t.csv", CLASSES, target="y")

    assert dataset.rows == 110_000
    np.testing.assert_array_equal(array(tmp_path / "t.csv", "row"), np.arange(90_001, 200_001))
    np.testing.assert_array_equal(array(tmp_path / "t.csv", "numeric")[:, 0] + 1, array(tmp_path / "t.csv", "row"))


def test_a_key_that_no_object_has_is_an_unknown_column(tmp_path: Path) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", [{"n": row} for row in range(30)])

    assert [problem.code for problem in compile_file(source, CLASSES, target="y").problems] == ["target_unknown"]


def test_of_several_targets_rows_with_none_are_left_out_and_rows_with_some_are_problems(tmp_path: Path) -> None:
    table = [{**row, "z": row["y"]} for row in rows(float)]
    accepted(uploads.write_csv(tmp_path / "t.csv", table), NUMBERS, targets=("y", "z"))
    assert array(tmp_path / "t.csv", "row").tolist() == KEPT

    table[9]["z"] = None
    other = tmp_path / "other"
    other.mkdir()
    (problem,) = compile_file(uploads.write_csv(other / "u.csv", table), NUMBERS, targets=("y", "z")).problems
    assert (problem.code, problem.row, problem.column) == ("target_missing", 10, "z")


def test_a_row_without_labels_is_one(tmp_path: Path) -> None:
    table = rows(lambda row: "p;q" if row % 2 else "q")
    source = uploads.write_csv(tmp_path / "t.csv", table)

    assert accepted(source, CLASSES, target="y", label_separator=";").rows == 30


def test_test_predictions_name_rows_as_the_file_counts_them(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", rows(lambda row: "pq"[row % 2], count=60))
    accepted(source, CLASSES, target="y", split="part")
    spec = make_spec("tabular_classification", {"name": "mlp", "hidden": []}, epochs=1) | {"split": {"by": "given"}}

    train_here(spec, tmp_path / "compiled", tmp_path / "out")

    with (tmp_path / "out" / "test_predictions.csv").open(encoding="utf-8") as file:
        found = [(int(line["row"]), line["truth"]) for line in csv.DictReader(file)]
    assert found == [(row + 1, "pq"[row % 2]) for row in range(60) if row % 3 == 2 and row not in GAPS]
