"""What people take for a table, or for its target, is told by what it is and what to do instead."""

import json
from pathlib import Path

import pytest

from tests.support.compiling import compile_file
from trainyard_spec.tasks import Task

TASK = Task.TABULAR_CLASSIFICATION
LINES = "".join(f"{row},{row % 5},{'pq'[row % 2]}\n" for row in range(30))
MISTAKEN: dict[str, tuple[bytes, str, str]] = {
    "columns of pandas": (json.dumps({"x": {"0": 1}, "y": {"0": "p"}}).encode(), "too_few_rows", "list of objects"),
    "rows in an envelope": (json.dumps({"data": [{"x": 1, "y": "p"}]}).encode(), "too_few_rows", "list of objects"),
    "signs between columns that part none": (
        b"x~n~y\n" + LINES.replace(",", "~").encode(),
        "target_unknown",
        "only column is 'x~n~y'",
    ),
    "no header": (b"1,1,p\n" + LINES.encode(), "duplicate_column", "is the first line a row?"),
    "a web page": (b"<html><body><table></table></body></html>", "not_a_table", "a web page or XML"),
    "XML": (b'<?xml version="1.0"?><Workbook/>', "not_a_table", "a web page or XML"),
    "Feather": (b"ARROW1\0\0" + b"\1" * 99, "not_a_table", "a Feather or Arrow file"),
    "SQLite": (b"SQLite format 3\0" + b"\1" * 99, "not_a_table", "an SQLite database"),
    "NumPy": (b"\x93NUMPY" + b"\1\0" * 99, "not_a_table", "an array of NumPy"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "not_a_table", "a PDF document"),
}


@pytest.mark.parametrize("kind", MISTAKEN)
def test_it_is_told_what_the_file_is(tmp_path: Path, kind: str) -> None:
    content, code, said = MISTAKEN[kind]
    (tmp_path / "t").write_bytes(content)

    (problem,) = compile_file(tmp_path / "t", TASK, target="y").problems

    assert problem.code == code
    assert said in problem.message


def test_a_target_of_many_numbers_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{row},{row * 1.5}\n" for row in range(60)), encoding="utf-8")

    (problem,) = compile_file(tmp_path / "t.csv", TASK, target="y").problems

    assert (problem.code, problem.column) == ("class_too_small", "y")
    assert "60 different numbers" in problem.message
    assert "regression" in problem.message
