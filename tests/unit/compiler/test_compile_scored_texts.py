"""Texts with numbers: a table with a column of texts and one or several of numbers."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_spec.datasets import CompiledDataset, TextProfile
from trainyard_spec.tasks import Task

TASK = Task.TEXT_REGRESSION
COLUMNS = {"text": "sequence", "target": "stability"}


def scored(count: int = 12) -> list[dict[str, Any]]:
    return [{"sequence": "ACGT" * (1 + row % 3) + "A", "stability": row / 4, "charge": -row} for row in range(count)]


def compiled(source: Path, **options: Any) -> CompiledDataset:
    return accepted(source, TASK, **options)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_kind_of_table_gives_numbers_and_texts(tmp_path: Path, suffix: str) -> None:
    write = {"csv": uploads.write_csv, "jsonl": uploads.write_jsonl, "parquet": uploads.write_parquet}[suffix]
    source = write(tmp_path / f"t.{suffix}", scored())
    dataset = compiled(source, **COLUMNS)
    assert array(source, "target").tolist() == [row["stability"] for row in scored()]
    assert (dataset.task, dataset.rows, dataset.classes) == (TASK, 12, ())
    assert dataset.profile == TextProfile(text="sequence", target="stability", shortest=5, longest=13, mean=9.0)


def test_several_numbers_have_a_column_each(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", scored())
    dataset = compiled(source, text="sequence", targets=("stability", "charge"))
    assert isinstance(dataset.profile, TextProfile)
    assert array(source, "target")[4].tolist() == [1.0, -4.0]
    assert (dataset.profile.targets, dataset.profile.multi_label) == (("stability", "charge"), False)


def test_decimal_commas_are_told_as_in_any_table(tmp_path: Path) -> None:
    lines = ["sequence;stability", *(f"ACGT{'A' * row};{row},5" for row in range(12))]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    compiled(tmp_path / "t.csv", **COLUMNS)
    assert array(tmp_path / "t.csv", "target").tolist() == [row + 0.5 for row in range(12)]


def test_cells_that_are_no_numbers_are_named_beside_texts_that_are_none(tmp_path: Path) -> None:
    table = scored(60)
    table[3]["stability"], table[5]["stability"], table[7]["sequence"] = "high", None, None
    result = compile_file(uploads.write_jsonl(tmp_path / "t.jsonl", table), TASK, **COLUMNS)
    found = {(problem.code, problem.row, problem.column) for problem in result.problems}
    assert found == {
        ("target_not_numeric", 4, "stability"),
        ("text_missing", 8, "sequence"),
    }


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"text": "sequence"}, "target_required"),
        ({"target": "stability"}, "text_required"),
        ({"text": "sequence", "target": "sequence"}, "text_unsupported"),
        ({"text": "sequence", "target": "nothing"}, "target_unknown"),
        ({"text": "nothing", "target": "stability"}, "text_unknown"),
        ({"text": "charge", "target": "stability"}, "text_unsupported"),
    ],
)
def test_columns_that_cannot_be_used_are_named(tmp_path: Path, options: dict[str, str], code: str) -> None:
    result = compile_file(uploads.write_jsonl(tmp_path / "t.jsonl", scored()), TASK, **options)
    assert [problem.code for problem in result.problems] == [code]


def test_an_archive_of_folders_holds_no_numbers(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "t.zip", uploads.text_folders())
    assert [problem.code for problem in compile_file(source, TASK, **COLUMNS).problems] == ["not_a_table"]


def test_classes_without_end_are_pointed_to_this_task(tmp_path: Path) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", scored(60))
    limits = IngestLimits(classes=20)
    (problem,) = compile_file(source, Task.TEXT_CLASSIFICATION, limits=limits, **COLUMNS).problems
    assert "or the task text_regression" in problem.message
