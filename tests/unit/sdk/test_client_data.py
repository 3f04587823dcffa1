"""Data frames, arrays, images and texts become files that the service takes, and its answers become those again."""

import base64
import csv
import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from trainyard_client.data.predictions import answers_as, inputs_of
from trainyard_client.data.uploads import Material, material
from trainyard_client.types import Prediction

FRAME = pd.DataFrame({"size": [1.5, None], "kind": ["a", "b"], "day": [date(2026, 1, 2)] * 2}, index=[7, 9])
WARNINGS: dict[str, Any] = {"warnings": []}


def made(data: Any, directory: Path, target: Any = None, task: str | None = None) -> Material:
    return material(data, target=target, task=task, directory=directory)


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text())))


def test_a_frame_is_a_table(tmp_path: Path) -> None:
    found = made(FRAME, tmp_path, "kind")
    assert (found.task, found.options) == ("tabular_classification", {"target": "kind"})
    assert list(pd.read_parquet(found.path).columns) == ["size", "kind", "day"]


def test_a_frame_of_mixed_values_is_written_as_csv(tmp_path: Path) -> None:
    found = made(pd.DataFrame({"x": [1, "two", None], "y": [1, 2, 3]}), tmp_path, "y")
    assert rows(found.path) == [["x", "y"], ["1", "1"], ["two", "2"], ["", "3"]]


@pytest.mark.parametrize(
    ("target", "task"),
    [
        ([0, 1, 1] * 10, "tabular_classification"),
        ([0.5, 1.5, 2.5] * 10, "tabular_regression"),
        (list(range(30)), "tabular_regression"),
        ([True, False, True] * 10, "tabular_classification"),
        (["a", "b", None] * 10, "tabular_classification"),
    ],
)
def test_the_task_follows_from_the_target(tmp_path: Path, target: list[Any], task: str) -> None:
    assert made({"x": list(range(30)), "y": target}, tmp_path, "y").task == task


def test_rows_of_an_array_have_names(tmp_path: Path) -> None:
    found = made(np.array([[1.0, 2.0], [3.0, 4.0]]), tmp_path, np.array(["no", "yes"]))
    assert rows(found.path) == [["x0", "x1", "target"], ["1.0", "2.0", "no"], ["3.0", "4.0", "yes"]]


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_arrays_of_images_are_an_archive_with_a_table(tmp_path: Path, channels: tuple[int, ...]) -> None:
    images = np.arange(2 * 4 * 5 * (channels or (1,))[0], dtype=np.uint8).reshape(2, 4, 5, *channels)
    found = made(images, tmp_path, ["cat", "dog"])
    assert (found.task, found.options) == ("image_classification", {"target": "target"})
    with zipfile.ZipFile(found.path) as archive:
        assert archive.read("labels.csv").decode().split() == ["file,target", "00000000.png,cat", "00000001.png,dog"]
        first = np.asarray(Image.open(io.BytesIO(archive.read("00000000.png"))))
    assert (first == images[0].squeeze()).all()


def test_images_with_numbers_are_a_regression(tmp_path: Path) -> None:
    images = [Image.new("L", (3, 2)), Image.new("RGB", (3, 2))]
    assert made(images, tmp_path, [0.5, 1.5]).task == "image_regression"


def test_texts(tmp_path: Path) -> None:
    found = made(["good, very", "bad"], tmp_path, ["+", "-"])
    assert (found.task, found.options) == ("text_classification", {"target": "target", "text": "text"})
    assert rows(found.path) == [["text", "target"], ["good, very", "+"], ["bad", "-"]]


def test_texts_with_numbers_are_a_regression(tmp_path: Path) -> None:
    assert made(["ACGT", "GGCA"], tmp_path, [0.5, 1.5]).task == "text_regression"


@pytest.mark.parametrize(
    ("data", "target", "says"),
    [
        ("table.csv", "y", "which task"),
        (FRAME, "missing", "no column 'missing'"),
        ({"x": [1]}, "y", "no column 'y'"),
        (np.zeros((2, 2)), None, "one for each row"),
        (np.zeros((2, 2)), [1], "2 rows and 1 targets"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Path, data: Any, target: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        made(data, tmp_path, target)


def test_what_is_no_data_is_said(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="set is nothing to train on"):
        made({1, 2}, tmp_path)


def test_inputs_of_frames_have_plain_cells_and_answers_their_index() -> None:
    assert inputs_of(FRAME) == [
        {"size": 1.5, "kind": "a", "day": "2026-01-02"},
        {"size": None, "kind": "b", "day": "2026-01-02"},
    ]
    predictions = [Prediction({"label": "a", "probabilities": {"a": 0.75, "b": 0.25}, **WARNINGS}) for _ in range(2)]
    answers = answers_as(FRAME, predictions)
    assert answers.index.tolist() == [7, 9]
    assert answers.columns.tolist() == ["prediction", "probability_a", "probability_b"]
    assert answers["prediction"].tolist() == ["a", "a"]


def test_inputs_of_arrays_are_named_as_they_were_for_training_and_answers_are_arrays() -> None:
    data = np.array([[1.0, 2.0]])
    assert inputs_of(data) == [{"x0": 1.0, "x1": 2.0}]
    assert answers_as(data, [Prediction({"value": 0.5, **WARNINGS})]).tolist() == [0.5]


def test_several_targets_are_columns() -> None:
    answers = answers_as(FRAME, [Prediction({"values": {"a": 1.0, "b": 2.0}, **WARNINGS})] * 2)
    assert answers.columns.tolist() == ["a", "b"]


def test_images_and_files_are_sent_as_base64(tmp_path: Path) -> None:
    image, file = Image.new("L", (2, 2), 7), tmp_path / "a.wav"
    file.write_bytes(b"RIFF")
    sent = [base64.b64decode(each) for each in inputs_of([image, np.full((2, 2), 7, np.uint8), file, b"RIFF"])]
    assert np.asarray(Image.open(io.BytesIO(sent[0]))).tolist() == [[7, 7], [7, 7]]
    assert sent[0] == sent[1]
    assert sent[2] == sent[3] == b"RIFF"
    assert inputs_of(image) == inputs_of([image])


def test_texts_and_rows_are_sent_as_they_are() -> None:
    assert inputs_of(["a text", {"x": 1}]) == ["a text", {"x": 1}]
    assert answers_as(["a"], [Prediction({"label": "b", **WARNINGS})])[0].label == "b"
