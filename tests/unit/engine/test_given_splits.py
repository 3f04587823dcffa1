"""Parts that a column or folders give to data of every kind, and where test predictions say that they come from."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted, compile_file
from tests.support.series import COLUMNS, FORECAST, LABELLED, SEQUENCES, load_rows, run_rows
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import split_examples
from trainyard_spec.datasets import CompileResult
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

PARTS = ("train", "train", "dev", "test")
GIVEN = SplitConfig(by="given")


def phrases(rows: int = 24) -> list[dict[str, Any]]:
    return [{"en": f"word {row}", "de": f"Wort {row}", "part": PARTS[row % 4], "by": row // 3} for row in range(rows)]


def parts_of(directory: Path) -> list[str]:
    """The part of each row of what was compiled in ``directory``."""
    split = split_examples(open_dataset(directory / "compiled"), GIVEN)
    found = np.empty(sum(map(len, (split.train, split.val, split.test))), dtype=object)
    found[split.train], found[split.val], found[split.test] = "train", "dev", "test"
    return list(found)


def problems(result: CompileResult) -> list[tuple[str, int | None]]:
    assert result.dataset is None
    return [(problem.code, problem.row) for problem in result.problems]


@pytest.mark.parametrize("write", [uploads.write_csv, uploads.write_jsonl, uploads.write_parquet])
def test_translations_and_documents_are_split_by_their_columns(tmp_path: Path, write: Any) -> None:
    for name, task, options in (
        ("pairs", Task.TRANSLATION, {"text": "en", "target": "de"}),
        ("documents", Task.LANGUAGE_MODELLING, {"text": "en"}),
    ):
        directory = tmp_path / name
        directory.mkdir()
        source = write(directory / f"table.{write.__name__.removeprefix('write_')}", phrases())
        dataset = accepted(source, task, split="part", group="by", **options)
        assert dataset.profile.split_by == {"split": "part", "group": "by"}
        assert parts_of(directory) == [PARTS[row % 4] for row in range(24)]
        groups = split_examples(open_dataset(directory / "compiled"), SplitConfig(by="group"))
        assert not set(groups.train // 3) & set(groups.test // 3)


def test_documents_are_split_by_their_folders(tmp_path: Path) -> None:
    files = {f"books/{part}/{n:02}.txt": f"text {n}".encode() for part in ("dev", "test", "train") for n in range(5)}
    source = uploads.write_zip(tmp_path / "books.zip", files)
    dataset = accepted(source, Task.LANGUAGE_MODELLING, split="folders")
    assert dataset.profile.split_by == {"split": "folders"}
    assert parts_of(tmp_path) == ["dev"] * 5 + ["test"] * 5 + ["train"] * 5


def test_one_long_text_has_no_parts(tmp_path: Path) -> None:
    source = tmp_path / "novel.txt"
    source.write_text("It was a dark and stormy night. " * 400)
    assert problems(compile_file(source, Task.LANGUAGE_MODELLING, split="folders")) == [("option_not_used", None)]


def test_series_are_split_by_a_column_that_is_the_same_in_all_their_rows(tmp_path: Path) -> None:
    rows = [row | {"part": PARTS[row["run"] % 4]} for row in run_rows()]
    source = uploads.write_csv(tmp_path / "runs.csv", rows[::-1])
    dataset = accepted(source, SEQUENCES, split="part", **LABELLED)
    assert dataset.profile.split_by == {"split": "part"}
    assert [channel.name for channel in dataset.profile.channels] == ["height", "speed"]
    assert parts_of(tmp_path) == [PARTS[run % 4] for run in range(36)]


def test_a_series_in_two_parts_is_a_problem(tmp_path: Path) -> None:
    rows = [row | {"part": "train"} for row in run_rows()]
    rows[2]["part"], rows[9]["part"] = "test", "sometimes"
    found = compile_file(uploads.write_csv(tmp_path / "runs.csv", rows), SEQUENCES, split="part", **LABELLED)
    assert sorted(problems(found)) == [("split_not_constant", 3), ("split_unreadable", 10)]


def test_interactions_are_split_by_a_column(tmp_path: Path) -> None:
    rows = [{"user": row % 6, "item": row // 6, "part": PARTS[row % 4]} for row in range(36)]
    rows.insert(3, rows[1])
    source = uploads.write_csv(tmp_path / "met.csv", rows)
    accepted(source, Task.RECOMMENDATION, user="user", item="item", split="part")
    assert parts_of(tmp_path) == [PARTS[row % 4] for row in range(36)]
    assert open_dataset(tmp_path / "compiled").features["row"].tolist() == [1, 2, 3, *range(5, 38)]
    rows[5]["part"] = ""
    (tmp_path / "other").mkdir()
    found = compile_file(
        uploads.write_csv(tmp_path / "other" / "met.csv", rows),
        Task.RECOMMENDATION,
        user="user",
        item="item",
        split="part",
    )
    assert problems(found) == [("split_unreadable", 6)]


def predictions(directory: Path, task: Task, architecture: dict[str, Any], **training: Any) -> list[dict[str, str]]:
    """The lines that a short training on what was compiled in ``directory`` leaves."""
    train_here(make_spec(task, architecture, epochs=1, **training), directory / "compiled", directory / "out")
    with (directory / "out" / "test_predictions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_forecast_steps_are_found_in_a_table_of_any_order(tmp_path: Path) -> None:
    rows = load_rows()[::-1]
    accepted(uploads.write_csv(tmp_path / "loads.csv", rows), FORECAST, **COLUMNS)
    lines = predictions(tmp_path, FORECAST, {"name": "mlp"}, series={"context": 8, "horizon": 3})
    assert {line["series"] for line in lines} == {"m0", "m1"}
    for line in lines:
        row = rows[int(line["row"]) - 1]
        assert (row["meter"], row["load"]) == (line["series"], float(line["truth"]))
    assert [line["step"] for line in lines[:4]] == ["1", "2", "3", "1"]


def test_a_series_is_found_by_its_first_step(tmp_path: Path) -> None:
    rows = run_rows()[::-1]
    accepted(uploads.write_csv(tmp_path / "runs.csv", rows), SEQUENCES, **LABELLED)
    for line in predictions(tmp_path, SEQUENCES, {"name": "rnn", "hidden": 4}):
        row = rows[int(line["row"]) - 1]
        assert (str(row["run"]), row["at"], row["kind"]) == (line["series"], 0, line["truth"])


def test_images_are_found_by_their_files(tmp_path: Path) -> None:
    files = uploads.class_folders(images=10)
    accepted(uploads.write_zip(tmp_path / "images.zip", files), Task.IMAGE_CLASSIFICATION)
    lines = predictions(tmp_path, Task.IMAGE_CLASSIFICATION, {"name": "mlp"})
    assert lines
    for line in lines:
        assert line["file"] == sorted(files)[int(line["row"]) - 1]
        assert line["file"].startswith(f"{line['truth']}/")
