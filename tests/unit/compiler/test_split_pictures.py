"""Splits of images by columns of the archive's table: whom a picture shows, and when it was taken."""

from pathlib import Path

import pytest

from tests.support import uploads
from tests.support.compiling import accepted, compile_file
from tests.support.uploads import Row
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import split_examples
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

REGRESSION = Task.IMAGE_REGRESSION
CLASSIFICATION = Task.IMAGE_CLASSIFICATION
FILES = [f"{number:02}.png" for number in range(12)]


def archive(directory: Path, rows: list[Row], form: str = "csv") -> Path:
    write = {"csv": uploads.write_csv, "jsonl": uploads.write_jsonl}[form]
    table = write(directory / f"labels.{form}", rows)
    pictures = {name: uploads.image_bytes(20 * place) for place, name in enumerate(FILES)}
    return uploads.write_zip(directory / "a.zip", {table.name: table.read_bytes(), **pictures})


def visits() -> list[Row]:
    """Pictures of four patients, three each, taken on days that run backwards."""
    return [
        {"file": name, "age": place, "patient": f"p{place % 4}", "day": f"2026-01-{20 - place:02}"}
        for place, name in enumerate(FILES)
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_columns_say_who_and_when(tmp_path: Path, form: str) -> None:
    source = archive(tmp_path, visits()[::-1], form)
    dataset = accepted(source, REGRESSION, target="age", group="patient", time="day")
    assert dataset.profile.split_by == {"time": "day", "group": "patient"}
    compiled = open_dataset(tmp_path / "compiled")
    groups = split_examples(compiled, SplitConfig(by="group", train=0.5, val=0.25, test=0.25))
    patients = [{place % 4 for place in part.tolist()} for part in (groups.train, groups.val, groups.test)]
    assert sorted(map(len, patients)) == [1, 1, 2]
    assert len(set.union(*patients)) == 4
    times = split_examples(compiled, SplitConfig(by="time", train=0.5, val=0.25, test=0.25))
    assert [part.tolist() for part in (times.train, times.val, times.test)] == [
        [6, 7, 8, 9, 10, 11],
        [3, 4, 5],
        [0, 1, 2],
    ]


def test_pictures_without_a_patient_or_a_day_are_named(tmp_path: Path) -> None:
    rows = visits()
    rows[2]["patient"], rows[5]["day"] = "", "soon"
    found = compile_file(archive(tmp_path, rows), REGRESSION, target="age", group="patient", time="day").problems
    assert [(problem.code, problem.row, problem.column) for problem in found] == [
        ("time_unreadable", 6, "day"),
        ("group_missing", 3, "patient"),
    ]


def test_class_folders_have_no_columns(tmp_path: Path) -> None:
    source = uploads.write_zip(tmp_path / "a.zip", uploads.class_folders())
    [problem] = compile_file(source, CLASSIFICATION, group="patient").problems
    assert problem.code == "option_not_used"
    assert "option target" in problem.message
