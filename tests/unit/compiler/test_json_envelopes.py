"""JSON documents around the rows of a table."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_spec.datasets import TableProfile
from trainyard_spec.tasks import Task

TASK = Task.TABULAR_CLASSIFICATION
ROWS = [{"x": row / 2, "y": "pq"[row % 2]} for row in range(30)]
CELLS = [[*row.values()] for row in ROWS]
FIELDS = [{"name": "index", "type": "integer"}, {"name": "x", "type": "number"}, {"name": "y", "type": "string"}]
DOCUMENTS: dict[str, Any] = {
    **{key: {key: ROWS} for key in ("data", "rows", "records", "items", "results")},
    "an answer of a service": {
        "status": "ok",
        "count": 30,
        "next": None,
        "links": ["a", "b"],
        "data": ROWS,
        "took": 3.5,
    },
    "pandas, split": {"columns": ["x", "y"], "index": [*range(30)], "data": CELLS},
    "pandas, tight": {"index": [*range(30)], "columns": ["x", "y"], "data": CELLS, "index_names": [None]},
    "pandas, table": {
        "schema": {"fields": FIELDS, "primaryKey": ["index"], "pandas_version": "1.4.0"},
        "data": [{"index": number, **row} for number, row in enumerate(ROWS)],
    },
    "the viewer of Hugging Face": {
        "features": [{"feature_idx": 0, "name": "x"}],
        "rows": [{"row_idx": number, "row": row, "truncated_cells": []} for number, row in enumerate(ROWS)],
    },
    "arrays below their names": [["x", "y"], *CELLS],
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_rows_are_the_table(tmp_path: Path, kind: str, indent: int | None) -> None:
    source = tmp_path / "t.json"
    source.write_text(json.dumps(DOCUMENTS[kind], indent=indent), encoding="utf-8")

    dataset = accepted(source, TASK, target="y")

    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["x"]
    assert array(source, "numeric")[:, 0].tolist() == [row / 2 for row in range(30)]
    assert [note.code for note in dataset.warnings] == (["index_column"] if kind == "pandas, table" else [])
    assert not (tmp_path / "compiled" / "rows.jsonl").exists()


def test_a_packed_document_is_read_too(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "t.zip", {"t.json": json.dumps({"data": ROWS}).encode()})
    assert accepted(source, TASK, target="y").rows == 30


def test_an_index_that_an_option_names_stays(tmp_path: Path) -> None:
    source = tmp_path / "t.json"
    source.write_text(json.dumps(DOCUMENTS["pandas, table"]), encoding="utf-8")
    assert accepted(source, Task.TABULAR_REGRESSION, target="index").rows == 30


def test_lines_that_hold_lists_of_objects_are_rows(tmp_path: Path) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", [{**row, "data": [{"x": 1}] * 40} for row in ROWS])
    assert accepted(source, TASK, target="y").rows == 30


def test_a_problem_is_told_by_its_row_of_the_document(tmp_path: Path) -> None:
    source = tmp_path / "t.json"
    source.write_text(json.dumps({"data": [*ROWS[:20], {"x": "a\0b", "y": "p"}, *ROWS[21:]]}), encoding="utf-8")
    (problem,) = compile_file(source, TASK, target="y").problems
    assert (problem.code, problem.file, problem.row) == ("invalid_json", "t.json", 21)


@pytest.mark.parametrize(
    "document",
    [
        {"data": CELLS},
        {"data": [*ROWS[:1], 5]},
        {"columns": ["x", "x"], "data": CELLS},
        {"columns": ["x"], "data": CELLS},
        {"x": {"0": 1}, "y": {"0": "p"}},
    ],
)
def test_other_documents_are_told_what_to_write(tmp_path: Path, document: Any) -> None:
    source = tmp_path / "t.json"
    source.write_text(json.dumps(document), encoding="utf-8")
    (problem,) = compile_file(source, TASK, target="y").problems
    assert (problem.code, problem.file) == ("too_few_rows", "t.json")
    assert "write a list of objects instead" in problem.message
