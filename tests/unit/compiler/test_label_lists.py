"""Labels of a row in a list, and several labels of a text in each of their forms."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.uploads import Row
from trainyard_engine.ingest.tables import jsonl_source
from trainyard_spec.datasets import TextProfile
from trainyard_spec.tasks import Task

TABLE = Task.TABULAR_CLASSIFICATION
TEXTS = Task.TEXT_CLASSIFICATION
WRITERS = {"parquet": uploads.write_parquet, "jsonl": uploads.write_jsonl}
OPTIONS: dict[Task, dict[str, Any]] = {
    TABLE: {"target": "tags", "label_separator": ";"},
    TEXTS: {"target": "tags", "label_separator": ";", "text": "post"},
}
CELLS = [["b", "a"], ["a", "a"], [], ["c d", "b"], None] * 4
HELD = [[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1], [0, 0, 0]]


def rows_of(cells: list[Any]) -> list[Row]:
    return [{"size": n * 0.5, "post": f"text {n}", "tags": cell} for n, cell in enumerate(cells)]


@pytest.mark.parametrize("task", [TABLE, TEXTS])
@pytest.mark.parametrize("suffix", WRITERS)
def test_a_list_in_a_cell_holds_the_labels_of_its_row(tmp_path: Path, suffix: str, task: Task) -> None:
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows_of(CELLS))

    dataset = accepted(source, task, **OPTIONS[task])

    assert (dataset.classes, dataset.class_counts) == (("a", "b", "c d"), (8, 8, 4))
    assert dataset.profile.model_dump()["multi_label"]
    target = array(source, "target")
    assert (target.dtype, target.tolist()) == (np.uint8, HELD * 4)


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string()),
        pa.large_list(pa.large_string()),
        pa.list_(pa.string(), 2),
    ],
    ids=str,
)
def test_lists_of_every_type_are_read(tmp_path: Path, kind: pa.DataType) -> None:
    cells = pa.array([["b", "a"], ["a", "c"], None, ["c", "b"]] * 4, kind)
    table = pa.table({"size": np.arange(16), "tags": cells})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=5)
    dataset = accepted(tmp_path / "t.parquet", TABLE, **OPTIONS[TABLE])
    assert dataset.class_counts == (8, 8, 8)
    assert array(tmp_path / "t.parquet", "target")[:4].tolist() == [[1, 1, 0], [1, 0, 1], [0, 0, 0], [0, 1, 1]]


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize(("one", "two"), [(1, 2), (1.0, 2.0), (True, False)])
def test_labels_that_are_no_texts_have_their_canonical_form(tmp_path: Path, suffix: str, one: Any, two: Any) -> None:
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows_of([[one], [two], [one, two], []] * 4))
    names = ("false", "true") if one is True else ("1", "2")
    assert accepted(source, TABLE, **OPTIONS[TABLE]).classes == names


def test_what_means_no_value_is_no_label(tmp_path: Path) -> None:
    cells = [["cafe\u0301", "NA", None, " "], ["caf\u00e9 ", "b;c"], ["b;c"]] * 4
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows_of(cells))
    dataset = accepted(source, TABLE, **OPTIONS[TABLE])
    assert (dataset.classes, dataset.class_counts) == (("b;c", "caf\u00e9"), (8, 8))


@pytest.mark.parametrize("task", [TABLE, TEXTS])
@pytest.mark.parametrize("first", [["a"], "a"], ids=["lists first", "texts first"])
@pytest.mark.parametrize("block", [1 << 20, 300], ids=["one block", "several blocks"])
def test_lists_among_other_cells_are_a_problem(
    tmp_path: Path, task: Task, first: Any, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl_source, "BATCH_SIZE", block)
    cells = [first] * 15 + [["b"] if isinstance(first, str) else "b"] * 15
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows_of(cells))
    result = compile_file(source, task, **OPTIONS[task])
    assert [(problem.code, problem.column) for problem in result.problems] == [("target_unsupported", "tags")]


def test_blocks_without_a_label_fit_those_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_source, "BATCH_SIZE", 200)
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows_of([*[None] * 20, *[["a"], ["b"]] * 10, *[None] * 20]))
    assert accepted(source, TABLE, **OPTIONS[TABLE]).class_counts == (10, 10)


@pytest.mark.parametrize("cells", [[[["a"]], [["b"]]], [[{"a": 1}], [{"b": 1}]], [{"a": 1}, {"b": 1}]])
def test_lists_of_lists_and_objects_are_no_labels(tmp_path: Path, cells: list[Any]) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows_of(cells * 10))
    result = compile_file(source, TABLE, **OPTIONS[TABLE])
    assert [problem.code for problem in result.problems] == ["target_unsupported"]


@pytest.mark.parametrize("task", [TABLE, TEXTS])
def test_without_a_separator_rows_have_one_class_and_no_list(tmp_path: Path, task: Task) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows_of(CELLS))
    (problem,) = compile_file(source, task, **{**OPTIONS[task], "label_separator": None}).problems
    assert (problem.code, problem.row) == ("target_unsupported", 1)
    assert "label_separator" in problem.message


def test_a_column_of_yes_and_no_holds_no_lists(tmp_path: Path) -> None:
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows_of([["a"], ["b"]] * 10))
    result = compile_file(source, TABLE, targets=("tags",))
    assert [problem.code for problem in result.problems] == ["target_unsupported"]


@pytest.mark.parametrize("suffix", ["csv", *WRITERS])
def test_labels_of_texts_may_be_separated(tmp_path: Path, suffix: str) -> None:
    writer = {**WRITERS, "csv": uploads.write_csv}[suffix]
    source = writer(tmp_path / f"t.{suffix}", rows_of(["b|a", "a", "", "c d | b", ""] * 4))
    dataset = accepted(source, TEXTS, text="post", target="tags", label_separator="|")
    assert isinstance(dataset.profile, TextProfile)
    assert (dataset.profile.target, dataset.profile.multi_label, dataset.rows) == ("tags", True, 20)
    assert array(source, "target").tolist() == HELD * 4


def test_labels_of_texts_may_have_a_column_each(tmp_path: Path) -> None:
    rows = [{"hot": n % 2, "post": f"text {n}", "wet": n % 3 == 0, "other": "x"} for n in range(12)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    dataset = accepted(source, TEXTS, text="post", targets=("wet", "hot"))
    assert (dataset.classes, dataset.class_counts) == (("wet", "hot"), (4, 6))
    assert isinstance(dataset.profile, TextProfile)
    assert dataset.profile.targets == ("wet", "hot")
    assert array(source, "target")[:3].tolist() == [[1, 0], [0, 1], [0, 0]]


def test_a_cell_that_is_no_answer_is_a_problem_of_its_row(tmp_path: Path) -> None:
    rows = [{"post": f"text {n}", "hot": "maybe" if n == 4 else n % 2, "wet": None if n == 7 else 1} for n in range(12)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    found = compile_file(source, TEXTS, text="post", targets=("hot", "wet")).problems
    assert {(problem.code, problem.row, problem.column) for problem in found} == {
        ("label_unreadable", 5, "hot"),
        ("target_missing", 8, "wet"),
    }
