"""Several targets of a table: sets of labels in one column, columns of yes and no, columns of numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.uploads import Row
from trainyard_spec.compile_options import CompileOptions, missing_options
from trainyard_spec.datasets import TableProfile
from trainyard_spec.tasks import Task

CLASSIFICATION = Task.TABULAR_CLASSIFICATION
REGRESSION = Task.TABULAR_REGRESSION
WRITERS = {"csv": uploads.write_csv, "parquet": uploads.write_parquet, "jsonl": uploads.write_jsonl}


def rows_with(**columns: list[Any]) -> list[Row]:
    several = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return [{"size": place * 0.5, **row} for place, row in enumerate(several)]


def codes_of(result: Any) -> set[tuple[str, str | None]]:
    assert result.dataset is None
    return {(problem.code, problem.column) for problem in result.problems}


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_separator_makes_labels_of_a_cell(tmp_path: Path, suffix: str) -> None:
    cells = ["b; a", "a;a;", "", "c|d;10", " 9 ;b"] * 4
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows_with(tags=cells))

    dataset = accepted(source, CLASSIFICATION, target="tags", label_separator=";")

    assert dataset.classes == ("10", "9", "a", "b", "c|d")
    assert dataset.class_counts == (4, 4, 8, 8, 4)
    assert isinstance(dataset.profile, TableProfile)
    assert (dataset.profile.target, dataset.profile.targets, dataset.profile.multi_label) == ("tags", (), True)
    target = array(source, "target")
    assert (target.dtype, target.shape) == (np.uint8, (20, 5))
    assert target[:5].tolist() == [[0, 0, 1, 1, 0], [0, 0, 1, 0, 0], [0] * 5, [1, 0, 0, 0, 1], [0, 1, 0, 1, 0]]


def test_labels_are_told_in_one_form(tmp_path: Path) -> None:
    source = uploads.write_csv(
        tmp_path / "t.csv", rows_with(tags=["1.0", "1,2", "TRUE,cafe\u0301", "true,caf\u00e9,NA"] * 3)
    )
    dataset = accepted(source, CLASSIFICATION, target="tags", label_separator=",")
    assert (dataset.classes, dataset.class_counts) == (("1", "2", "caf\u00e9", "true"), (6, 3, 6, 6))


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize(("no", "yes"), [(0, 1), (False, True), (0.0, 1.0), ("0", "1.0"), ("FALSE", "True")])
def test_columns_of_yes_and_no_are_labels(tmp_path: Path, suffix: str, no: Any, yes: Any) -> None:
    columns = {"hot": [yes, no, no, yes, yes] * 4, "wet": [no, no, yes, yes, no] * 4}
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows_with(**columns))

    dataset = accepted(source, CLASSIFICATION, targets=("wet", "hot"))

    assert (dataset.classes, dataset.class_counts) == (("wet", "hot"), (8, 12))
    assert isinstance(dataset.profile, TableProfile)
    assert [column.name for column in dataset.profile.columns] == ["size"]
    assert array(source, "target")[:5].tolist() == [[0, 1], [0, 0], [1, 0], [1, 1], [0, 1]]


@pytest.mark.parametrize("suffix", WRITERS)
def test_several_numbers_are_kept_in_float64(tmp_path: Path, suffix: str) -> None:
    columns = {
        "seconds": [1_700_000_000.25 + place for place in range(20)],
        "tiny": [1e-9 * place for place in range(20)],
    }
    source = WRITERS[suffix](tmp_path / f"t.{suffix}", rows_with(**columns))

    dataset = accepted(source, REGRESSION, targets=("tiny", "seconds"))

    assert dataset.classes == ()
    assert isinstance(dataset.profile, TableProfile)
    assert (dataset.profile.target, dataset.profile.targets) == ("tiny", ("tiny", "seconds"))
    target = array(source, "target")
    assert target.dtype == np.float64
    assert target.tolist() == [list(pair) for pair in zip(columns["tiny"], columns["seconds"], strict=True)]


def test_one_target_is_stored_as_ever(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", rows_with(y=[0.5 * place for place in range(20)]))
    accepted(source, REGRESSION, target="y")
    assert array(source, "target").shape == (20,)


def test_every_cell_that_is_no_answer_is_a_problem(tmp_path: Path) -> None:
    columns = {"hot": ["1", "0", "maybe", "1", ""] * 4, "wet": ["0", "1"] * 10}
    result = compile_file(
        uploads.write_csv(tmp_path / "t.csv", rows_with(**columns)), CLASSIFICATION, targets=("hot", "wet")
    )
    assert codes_of(result) == {("label_unreadable", "hot"), ("target_missing", "hot")}
    assert sorted(problem.row or 0 for problem in result.problems) == [3, 5, 8, 10, 13, 15, 18, 20]


def test_every_number_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    columns = {"low": [1.0, 2.0, None, 4.0] * 5, "high": ["1", "2", "3", "many"] * 5}
    result = compile_file(
        uploads.write_csv(tmp_path / "t.csv", rows_with(**columns)), REGRESSION, targets=("low", "high")
    )
    assert codes_of(result) == {("target_missing", "low"), ("target_not_numeric", "high")}


@pytest.mark.parametrize(
    ("cells", "options", "code"),
    [
        (["a;b"] * 20, {"target": "tags", "label_separator": ";"}, "one_class"),
        ([""] * 20, {"target": "tags", "label_separator": ";"}, "one_class"),
        (["a", "b"] * 9 + ["a;c", "c"], {"target": "tags", "label_separator": ";"}, "class_too_small"),
        (["a;" + "x" * 300, "b"] * 10, {"target": "tags", "label_separator": ";"}, "too_many_classes"),
        (["a", "b"] * 10, {"targets": ("tags", "tag")}, "target_unknown"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(
    tmp_path: Path, cells: list[str], options: dict[str, Any], code: str
) -> None:
    result = compile_file(uploads.write_csv(tmp_path / "t.csv", rows_with(tags=cells)), CLASSIFICATION, **options)
    assert {found for found, _ in codes_of(result)} == {code}


def test_more_sets_than_classes_are_fine(tmp_path: Path) -> None:
    cells = [";".join(f"l{bit}" for bit in range(14) if place >> bit & 1) for place in range(1 << 14)]
    source = uploads.write_csv(tmp_path / "t.csv", rows_with(tags=cells))
    dataset = accepted(source, CLASSIFICATION, target="tags", label_separator=";")
    assert dataset.class_counts == (1 << 13,) * 14


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"target": "a", "targets": ["b"]}, "targets"),
        ({"targets": ["b", "b"]}, "targets"),
        ({"targets": []}, "targets"),
        ({"targets": ["a", "b"], "label_separator": ";"}, "label_separator"),
        ({"target": "a", "label_separator": ""}, "label_separator"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        CompileOptions.model_validate(options)


def test_several_targets_stand_for_the_one_that_a_task_needs() -> None:
    assert missing_options(REGRESSION, {"targets"}) == []
    assert missing_options(REGRESSION, set()) == ["target"]
    assert missing_options(Task.TRANSLATION, {"targets", "text"}) == ["target"]
