"""Who names a column that is not there is told so, also of a table that is too short besides."""

from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import compile_file
from trainyard_spec.tasks import Task

SHORT = [{"n": 1, "post": "a text", "y": "p"}, {"n": 2, "post": "another", "y": "q"}]
WRONG: dict[str, tuple[Task, dict[str, str], str]] = {
    "target of a table": (Task.TABULAR_CLASSIFICATION, {"target": "z"}, "target_unknown"),
    "target of numbers": (Task.TABULAR_REGRESSION, {"target": "z"}, "target_unknown"),
    "target of texts": (Task.TEXT_CLASSIFICATION, {"text": "post", "target": "z"}, "target_unknown"),
    "texts of numbers": (Task.TEXT_REGRESSION, {"text": "z", "target": "n"}, "text_unknown"),
    "target of numbers of texts": (Task.TEXT_REGRESSION, {"text": "post", "target": "z"}, "target_unknown"),
    "texts": (Task.TEXT_CLASSIFICATION, {"text": "z", "target": "y"}, "text_unknown"),
    "documents": (Task.LANGUAGE_MODELLING, {"text": "z"}, "text_unknown"),
    "translations": (Task.TRANSLATION, {"text": "post", "target": "z"}, "target_unknown"),
    "users": (Task.RECOMMENDATION, {"user": "z", "item": "y"}, "column_unknown"),
    "times": (Task.TIME_SERIES_FORECASTING, {"target": "n", "time": "z"}, "column_unknown"),
}


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("role", WRONG)
def test_it_is_named_before_the_number_of_rows(tmp_path: Path, role: str, suffix: str) -> None:
    task, options, code = WRONG[role]
    write = uploads.write_csv if suffix == "csv" else uploads.write_jsonl

    (problem,) = compile_file(write(tmp_path / f"t.{suffix}", SHORT), task, **options).problems

    assert (problem.code, problem.column) == (code, "z")
    assert "There is no column 'z'" in problem.message


def test_with_the_right_columns_the_rows_are_too_few(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", SHORT)

    (problem,) = compile_file(source, Task.TABULAR_CLASSIFICATION, target="y").problems

    assert problem.code == "too_few_rows"
