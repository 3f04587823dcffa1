"""Images whose targets stand in a table of the archive: numbers, labels, or a class."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array, compile_file
from tests.support.uploads import Row
from trainyard_spec.datasets import CompileResult, ImageProfile, Problem
from trainyard_spec.tasks import Task

REGRESSION = Task.IMAGE_REGRESSION
CLASSIFICATION = Task.IMAGE_CLASSIFICATION
FILES = [f"{number:02}.png" for number in range(12)]


def pictures(names: list[str]) -> dict[str, bytes]:
    return {name: uploads.image_bytes(20 * place) for place, name in enumerate(names)}


def csv_of(rows: list[Row]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(f'"{cell}"' for cell in row.values()) for row in rows)]
    return "\n".join(lines).encode()


def jsonl_of(rows: list[Row]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def parquet_of(rows: list[Row]) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


TABLES = {"csv": csv_of, "jsonl": jsonl_of, "parquet": parquet_of}


def archive(path: Path, rows: list[Row], *, names: list[str] | None = None, table: str = "labels.csv") -> Path:
    content = TABLES[table.rpartition(".")[2]](rows)
    return uploads.write_zip(path / "a.zip", {table: content, **pictures(names or FILES)})


def rows_of(cells: list[Any], *, column: str = "age", files: list[str] | None = None) -> list[Row]:
    return [{"file": name, column: cell} for name, cell in zip(files or FILES, cells, strict=True)]


def problems_of(result: CompileResult) -> list[Problem]:
    assert result.dataset is None
    return list(result.problems)


@pytest.mark.parametrize("suffix", TABLES)
def test_a_number_for_each_image_is_found_whatever_the_order_of_rows(tmp_path: Path, suffix: str) -> None:
    ages = [1e9 + place / 4 for place in range(12)]
    source = archive(tmp_path, rows_of(ages)[::-1], table=f"labels.{suffix}")

    dataset = accepted(source, REGRESSION, target="age")

    assert (dataset.rows, dataset.classes, dataset.class_counts) == (12, (), ())
    assert isinstance(dataset.profile, ImageProfile)
    told_by = (dataset.profile.target, dataset.profile.targets, dataset.profile.multi_label)
    assert told_by == ("age", (), False)
    target = array(source, "target")
    assert target.dtype == np.float64
    assert target.tolist() == ages
    assert array(source, "images")[:, 0, 0, 0].tolist() == [20 * place for place in range(12)]


def test_numbers_are_read_as_in_any_table(tmp_path: Path) -> None:
    source = archive(tmp_path, rows_of([f"{place},5" for place in range(12)]))
    accepted(source, REGRESSION, target="age")
    assert array(source, "target").tolist() == [place + 0.5 for place in range(12)]


def test_several_numbers_have_a_column_each(tmp_path: Path) -> None:
    rows = [{"file": name, "low": place, "high": 1e6 * place, "note": "x"} for place, name in enumerate(FILES)]
    source = archive(tmp_path, rows)

    dataset = accepted(source, REGRESSION, targets=("high", "low"))

    assert isinstance(dataset.profile, ImageProfile)
    assert (dataset.profile.target, dataset.profile.targets) == ("high", ("high", "low"))
    assert array(source, "target").tolist() == [[1e6 * place, place] for place in range(12)]


def test_a_column_of_classes_stands_for_folders(tmp_path: Path) -> None:
    names = [f"{'ab'[place % 2]}/{place:02}.png" for place in range(12)]
    source = archive(tmp_path, rows_of(["cat", "dog", "cat"] * 4, column="kind", files=names), names=names)

    dataset = accepted(source, CLASSIFICATION, target="kind")

    assert (dataset.classes, dataset.class_counts) == (("cat", "dog"), (8, 4))
    by_name = [cell for _, cell in sorted(zip(names, [0, 1, 0] * 4, strict=True))]
    assert array(source, "target").tolist() == by_name
    assert array(source, "target").dtype == np.int64


def test_a_separator_makes_labels_of_a_cell(tmp_path: Path) -> None:
    source = archive(tmp_path, rows_of(["sun; sea", "sun", "", "sea|sand"] * 3, column="tags"))

    dataset = accepted(source, CLASSIFICATION, target="tags", label_separator=";")

    assert (dataset.classes, dataset.class_counts) == (("sea", "sea|sand", "sun"), (3, 3, 6))
    assert isinstance(dataset.profile, ImageProfile)
    assert dataset.profile.multi_label
    target = array(source, "target")
    assert (target.dtype, target[:4].tolist()) == (np.uint8, [[1, 0, 1], [0, 0, 1], [0, 0, 0], [0, 1, 0]])


def test_columns_of_yes_and_no_are_labels(tmp_path: Path) -> None:
    rows = [
        {"file": name, "sun": place % 2, "sea": ("true", "false", "False")[place % 3]}
        for place, name in enumerate(FILES)
    ]
    dataset = accepted(archive(tmp_path, rows), CLASSIFICATION, targets=("sea", "sun"))
    assert (dataset.classes, dataset.class_counts) == (("sea", "sun"), (4, 6))


@pytest.mark.parametrize("column", ["file", "File", "file_name", "file name", "filename", "image", "path"])
@pytest.mark.parametrize("table", ["labels.csv", "metadata.jsonl", "LABELS.CSV"])
def test_the_table_and_its_column_of_files_go_by_usual_names(tmp_path: Path, table: str, column: str) -> None:
    rows = [{"age": place, column: name} for place, name in enumerate(FILES)]
    source = uploads.write_zip(
        tmp_path / "a.zip", {table: TABLES[table.lower()[-3:].replace("onl", "jsonl")](rows), **pictures(FILES)}
    )
    accepted(source, REGRESSION, target="age")
    assert array(source, "target").tolist() == list(range(12))


@pytest.mark.parametrize(
    ("table", "stored", "written"),
    [
        ("labels.csv", "pictures/{}.png", "pictures/{}.png"),
        ("labels.csv", "pictures/{}.png", "pictures\\{}.PNG"),
        ("labels.csv", "pictures/{}.png", "./pictures/{}"),
        ("labels.csv", "pictures/{}.png", "{}.png"),
        ("labels.csv", "pictures/{}.png", " {} "),
        ("top/labels.csv", "top/a/{}.png", "a/{}.png"),
        ("tables/labels.csv", "a/{}.png", "../a/{}.png"),
        ("labels.csv", "caf\u00e9/{}.png", "cafe\u0301/{}.png"),
    ],
)
def test_files_are_found_as_they_are_seen_from_the_table(tmp_path: Path, table: str, stored: str, written: str) -> None:
    names, said = ([text.format(f"n{place:02}") for place in range(12)] for text in (stored, written))
    source = archive(tmp_path, rows_of(list(range(12)), files=said), names=names, table=table)
    accepted(source, REGRESSION, target="age")
    assert array(source, "target").tolist() == list(range(12))


def test_names_that_are_numbers_find_their_images(tmp_path: Path) -> None:
    names = [f"{place}.png" for place in range(100, 112)]
    rows = [{"file": place + 100, "age": place} for place in range(12)]
    source = archive(tmp_path, rows, names=names, table="labels.jsonl")
    accepted(source, REGRESSION, target="age")
    assert array(source, "target").tolist() == list(range(12))


def test_a_name_without_a_folder_that_two_images_have_is_none(tmp_path: Path) -> None:
    names = [f"a/{name}" for name in FILES] + ["b/00.png"]
    found = problems_of(compile_file(archive(tmp_path, rows_of([1] * 12), names=names), REGRESSION, target="age"))
    assert [(problem.code, problem.file, problem.row) for problem in found] == [
        ("labelled_file_missing", "labels.csv", 1),
    ]


def test_a_problem_names_the_row_and_the_file(tmp_path: Path) -> None:
    rows = rows_of([3, "old", 5, 6, *range(8)])
    rows += [{"file": "00.png", "age": 1}, {"file": "lost.png", "age": 1}, {"file": "", "age": 1}]
    source = archive(tmp_path, rows, names=[*FILES, "new.png"])

    found = problems_of(compile_file(source, REGRESSION, target="age"))

    assert {(problem.code, problem.file, problem.row, problem.column) for problem in found} == {
        ("target_not_numeric", "labels.csv", 2, "age"),
        ("duplicate_labels", "labels.csv", 13, "file"),
        ("labelled_file_missing", "labels.csv", 14, "file"),
        ("labelled_file_missing", "labels.csv", 15, "file"),
    }
    assert not (source.parent / "compiled").exists()


@pytest.mark.parametrize(
    ("options", "code", "column"),
    [
        ({"target": "Age"}, "target_unknown", "Age"),
        ({"target": "file"}, "column_reused", "file"),
        ({"target": "age", "split": "part"}, "column_unknown", "part"),
        ({"target": "age", "group": "patient"}, "column_unknown", "patient"),
        ({"target": "age", "time": "age"}, "column_reused", "age"),
        ({"target": "age", "split": "age"}, "column_reused", "age"),
        ({"target": "age", "split": "file"}, "column_reused", "file"),
        ({"label_separator": ";"}, "target_required", None),
        ({}, "target_required", None),
    ],
)
def test_options_that_do_not_fit_the_table_are_named(
    tmp_path: Path, options: dict[str, str], code: str, column: str | None
) -> None:
    (problem,) = problems_of(compile_file(archive(tmp_path, rows_of(["a", "b"] * 6)), CLASSIFICATION, **options))
    assert (problem.code, problem.column) == (code, column)


def test_a_column_says_the_parts(tmp_path: Path) -> None:
    parts = ["Training"] * 6 + ["dev"] * 2 + ["TEST"] * 4
    rows = [{"file": name, "age": 5, "part": part} for name, part in zip(FILES, parts, strict=True)]
    source = archive(tmp_path, rows[::-1])
    dataset = accepted(source, REGRESSION, target="age", split="part")
    assert dataset.profile.split_by == {"split": "part"}
    assert array(source, "split_split").tolist() == [0] * 6 + [1] * 2 + [2] * 4


def test_a_part_that_is_none_is_a_problem_of_its_row(tmp_path: Path) -> None:
    rows = [{"file": name, "age": 5, "part": "train" if place else "later"} for place, name in enumerate(FILES)]
    (problem,) = problems_of(compile_file(archive(tmp_path, rows), REGRESSION, target="age", split="part"))
    assert (problem.code, problem.file, problem.row, problem.column) == ("split_unreadable", "labels.csv", 1, "part")


def test_folders_say_the_parts(tmp_path: Path) -> None:
    names = [f"{('train', 'val', 'test')[min(place // 5, 2)]}/{name}" for place, name in enumerate(FILES)]
    source = archive(tmp_path, rows_of(list(range(12)), files=names), names=names)
    dataset = accepted(source, REGRESSION, target="age", split="folders")
    assert dataset.profile.split_by == {"split": "folders"}
    assert array(source, "split_split").tolist() == [2, 2] + [0] * 5 + [1] * 5


def test_a_table_beside_class_folders_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    files = {**uploads.class_folders(), "labels.csv": b"file,age\n"}
    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), CLASSIFICATION)
    assert (dataset.classes, [(note.code, note.file) for note in dataset.warnings]) == (
        ("cat", "dog"),
        [("ignored_file", "labels.csv")],
    )


def test_nothing_but_the_arrays_is_left(tmp_path: Path) -> None:
    source = archive(tmp_path, rows_of(list(range(12))))
    dataset = accepted(source, REGRESSION, target="age")
    stored = {path.name for path in (source.parent / "compiled").iterdir()}
    assert stored == {entry.name for entry in dataset.files} | {"dataset.json", "compiled_from.json"}


def test_labels_that_one_image_alone_has_are_too_rare(tmp_path: Path) -> None:
    cells = ["a;b", *["a", "b"] * 4, "a", "b", "a;c"]
    found = problems_of(
        compile_file(archive(tmp_path, rows_of(cells)), CLASSIFICATION, target="age", label_separator=";")
    )
    assert [(problem.code, problem.column) for problem in found] == [("class_too_small", "age")]
