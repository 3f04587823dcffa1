"""A zip of ``train.csv``, ``val.csv`` and ``test.csv`` is one table with its own split, as data sets are handed on."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_spec.datasets import CompiledDataset, Problem, TableProfile
from trainyard_spec.tasks import Task

TASK = Task.TABULAR_CLASSIFICATION
Row = dict[str, Any]


def rows(begin: int, end: int) -> list[Row]:
    return [
        {"a": n + 0.5, "b": "xyz"[n % 3], "when": f"2026-01-{n % 28 + 1:02}", "y": "pq"[n % 2]}
        for n in range(begin, end)
    ]


def csv_of(found: Sequence[Row], separator: str = ",") -> bytes:
    return "\n".join([separator.join(found[0]), *(separator.join(map(str, row.values())) for row in found)]).encode()


def parquet_of(found: Sequence[Row]) -> bytes:
    buffer = io.BytesIO()
    table = pa.Table.from_pylist(list(found))
    when = pa.array(table["when"].to_pylist()).cast(pa.timestamp("ns"))
    pa.parquet.write_table(table.set_column(2, "when", when), buffer)
    return buffer.getvalue()


def jsonl_of(found: Sequence[Row], path: Path) -> bytes:
    return uploads.write_jsonl(path, found).read_bytes()


def packed(path: Path, files: dict[str, bytes]) -> Path:
    return uploads.write_zip(path / "t.zip", files)


FORMS: dict[str, Callable[[Sequence[Row], Path], bytes]] = {
    "{}.csv": lambda found, _: csv_of(found),
    "ml/{}.tsv": lambda found, _: csv_of(found, "\t"),
    "{}_data.csv": lambda found, _: csv_of(found, ";"),
    "data/{}-00000-of-00001.parquet": lambda found, _: parquet_of(found),
    "{}.jsonl": lambda found, path: jsonl_of(found, path / "rows"),
    "{}/rows.csv": lambda found, _: csv_of(found),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_tables_are_the_split_and_read_as_one_table_would_be(tmp_path: Path, form: str) -> None:
    whole = rows(0, 40)
    parts = {"validation": whole[20:30], "test": whole[30:], "train": whole[:20]}
    (tmp_path / "one").mkdir()

    dataset = accepted(
        source := packed(tmp_path, {form.format(part): FORMS[form](found, tmp_path) for part, found in parts.items()}),
        TASK,
        target="y",
    )

    one = accepted(uploads.write_csv(tmp_path / "one" / "t.csv", whole), TASK, target="y")
    assert isinstance(dataset.profile, TableProfile)
    assert isinstance(one.profile, TableProfile)
    assert (dataset.given_rows, dataset.profile.split_by) == ((20, 10, 10), {"split": "split"})
    assert dataset.profile.columns == one.profile.columns
    assert (array(source, "numeric") == array(tmp_path / "one" / "t.csv", "numeric")).all()
    assert dataset.warnings == one.warnings


def test_parts_in_several_files_are_each_one_part(tmp_path: Path) -> None:
    files = {
        "data/train-00000-of-00002.csv": csv_of(rows(0, 10)),
        "data/train-00001-of-00002.csv": csv_of(rows(10, 20)),
        "data/test-00000-of-00001.csv": csv_of(rows(20, 26)),
    }

    dataset = accepted(source := packed(tmp_path, files), TASK, target="y")

    assert dataset.given_rows == (20, 0, 6)
    assert array(source, "numeric")[:, 0].tolist() == [n + 0.5 for n in range(26)]


def test_what_kaggle_calls_test_is_to_be_answered_and_no_part(tmp_path: Path) -> None:
    asked = [{name: cell for name, cell in row.items() if name != "y"} for row in rows(20, 40)]
    files = {"test.csv": csv_of(asked), "train.csv": csv_of(rows(0, 20))}
    files["sample_submission.csv"] = csv_of([{"id": n, "y": "p"} for n in range(20)])

    dataset = accepted(packed(tmp_path, files), TASK, target="y")

    assert (dataset.rows, dataset.given_rows) == (20, None)
    told = {warning.file: warning.code for warning in dataset.warnings}
    assert told == {"test.csv": "left_out_table", "sample_submission.csv": "left_out_table"}


def test_without_a_test_table_half_of_what_validates_tests(tmp_path: Path) -> None:
    dataset = accepted(
        packed(tmp_path, {"train.csv": csv_of(rows(0, 30)), "dev.csv": csv_of(rows(30, 130))}), TASK, target="y"
    )

    assert dataset.given_rows is not None
    assert dataset.given_rows[0] == 30
    assert 35 <= dataset.given_rows[2] <= 65
    assert [warning.code for warning in dataset.warnings] == ["test_from_validation"]


def problem_of(path: Path, files: dict[str, bytes], **options: str) -> Problem:
    (problem,) = compile_file(packed(path, files), TASK, **options).problems
    return problem


def test_features_and_targets_in_tables_of_their_own_are_not_joined(tmp_path: Path) -> None:
    features = [{"a": row["a"], "b": row["b"]} for row in rows(0, 20)]
    files = {"X_train.csv": csv_of(features), "y_train.csv": csv_of([{"y": row["y"]} for row in rows(0, 20)])}

    problem = problem_of(tmp_path, files, target="y")

    assert (problem.code, problem.file) == ("target_unknown", "X_train.csv")
    assert "Put all columns into one table" in problem.message


def test_a_column_that_one_part_lacks_is_named(tmp_path: Path) -> None:
    fewer = [{name: cell for name, cell in row.items() if name != "b"} for row in rows(20, 40)]

    problem = problem_of(tmp_path, {"train.csv": csv_of(rows(0, 20)), "test.csv": csv_of(fewer)}, target="y")

    assert (problem.code, problem.column, problem.file) == ("column_unknown", "b", "test.csv")


def test_texts_and_conversations_come_so_too(tmp_path: Path) -> None:
    def posts(begin: int, end: int) -> bytes:
        return csv_of([{"post": f"text {n} of it", "topic": "ab"[n % 2]} for n in range(begin, end)])

    def chats(end: int) -> bytes:
        said = [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}]
        return jsonl_of([{"messages": said} for _ in range(end)], tmp_path / "rows")

    def given(task: Task, files: dict[str, bytes], **options: str) -> CompiledDataset:
        (tmp_path / task).mkdir()
        return accepted(packed(tmp_path / task, files), task, **options)

    texts = {"train.csv": posts(0, 20), "test.csv": posts(20, 26)}
    assert given(Task.TEXT_CLASSIFICATION, texts, text="post", target="topic").given_rows == (20, 0, 6)
    talks = {"train.jsonl": chats(12), "validation.jsonl": chats(3), "test.jsonl": chats(4)}
    assert given(Task.INSTRUCTION_TUNING, talks).given_rows == (12, 3, 4)
