"""Numbers and labels of images from an archive with a table: trained, judged as scikit-learn judges, and predicted."""

import base64
import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from sklearn import metrics as reference

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_spec.engine_protocol import TEST_PREDICTIONS_FILE
from trainyard_spec.tasks import Task

IMAGES = 150
CNN = {"name": "cnn", "channels": [8], "hidden": [16]}
ADAM = {"name": "adam", "lr": 0.01}
Line = dict[str, str]
Found = dict[str, Any]


def halves() -> npt.NDArray[np.float64]:
    """How bright the left and the right half of each image are."""
    return np.random.default_rng(5).random((IMAGES, 2)).round(3)


def png(left: float, right: float) -> bytes:
    pixels = np.repeat(np.array([[left, right]]) * 255, 4, axis=1).repeat(8, axis=0)
    buffer = io.BytesIO()
    Image.fromarray(pixels.round().astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def files() -> dict[str, bytes]:
    return {f"pictures/{place:03}.png": png(*pair) for place, pair in enumerate(halves().tolist())}


def told_of(left: float, right: float) -> dict[str, Any]:
    labels = {"left": left > 0.5, "right": right > 0.5}
    return {
        "total": 1e6 + 1e3 * (left + right),
        "left": left,
        "right": 1e-6 * right,
        "tags": " | ".join(name for name, is_there in labels.items() if is_there),
        "side": "left" if left > right else "right",
    }


def trained(directory: Path, task: Task, training: Found, **options: Any) -> tuple[list[Line], Found, list[Found]]:
    """The lines of the test predictions, the result, and what the model answers to the pictures of these lines."""
    rows = [{"file": name, **told_of(*pair)} for name, pair in zip(files(), halves().tolist(), strict=True)]
    uploads.write_csv(directory / "labels.csv", rows)
    table = {"labels.csv": (directory / "labels.csv").read_bytes()}
    accepted(uploads.write_zip(directory / "a.zip", files() | table), task, **options)
    result = train_here(make_spec(task, CNN, **training), directory / "compiled", directory / "out")[-1]
    with (directory / "out" / TEST_PREDICTIONS_FILE).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    pictures = files()
    sent = [base64.b64encode(pictures[line["file"]]).decode() for line in lines]
    return lines, result, predict(load_model(directory / "out", "cpu", threads=1), sent)


def column(lines: list[Line], name: str) -> npt.NDArray[np.float64]:
    return np.array([line[name] for line in lines], dtype=np.float64)


def expected_of(lines: list[Line], name: str) -> list[Any]:
    by_file = dict(zip(files(), halves().tolist(), strict=True))
    return [told_of(*by_file[line["file"]])[name] for line in lines]


def test_a_number_of_each_image(tmp_path: Path) -> None:
    training = {"epochs": 40, "optimizer": ADAM}
    lines, result, answers = trained(tmp_path, Task.IMAGE_REGRESSION, training, target="total")

    truth, predicted = column(lines, "truth"), column(lines, "prediction")
    assert truth.tolist() == expected_of(lines, "total")
    assert [answer["value"] for answer in answers] == pytest.approx(predicted.tolist(), rel=1e-6)
    found = result["test_metrics"]
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(truth, predicted))
    assert found["r2"] == pytest.approx(reference.r2_score(truth, predicted))
    assert found["r2"] > 0.9
    assert {rival["name"] for rival in result["verdict"]["baselines"]} == {"mean", "median", "ridge_regression"}


def test_several_numbers_of_each_image(tmp_path: Path) -> None:
    training = {"epochs": 40, "optimizer": ADAM}
    lines, result, answers = trained(tmp_path, Task.IMAGE_REGRESSION, training, targets=("left", "right"))

    for name in ("left", "right"):
        truth, predicted = column(lines, f"truth:{name}"), column(lines, f"prediction:{name}")
        assert truth.tolist() == expected_of(lines, name)
        assert [answer["values"][name] for answer in answers] == pytest.approx(predicted.tolist(), rel=1e-5)
        assert result["test_metrics"][f"r2/{name}"] == pytest.approx(reference.r2_score(truth, predicted))
        assert result["test_metrics"][f"r2/{name}"] > 0.8
    assert {rival["name"] for rival in result["verdict"]["baselines"]} == {"mean", "ridge_regression"}


def test_labels_of_each_image(tmp_path: Path) -> None:
    training = {"epochs": 25, "optimizer": ADAM, "augment": [{"name": "crop", "padding": 1}, {"name": "mixup"}]}
    options = {"target": "tags", "label_separator": "|"}
    lines, result, answers = trained(tmp_path, Task.IMAGE_CLASSIFICATION, training, **options)

    names = ("left", "right")
    truth, predicted = (
        np.stack([column(lines, f"{what}:{name}") for name in names], axis=1) for what in ("truth", "prediction")
    )
    told = [[name for name, is_there in zip(names, row, strict=True) if is_there] for row in truth]
    assert [" | ".join(labels) for labels in told] == expected_of(lines, "tags")
    for row, answer in zip(predicted, answers, strict=True):
        assert answer["labels"] == [name for name, is_there in zip(names, row, strict=True) if is_there]
    found = result["test_metrics"]
    assert found["hamming_loss"] == pytest.approx(reference.hamming_loss(truth, predicted))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(truth, predicted))
    assert found["hamming_loss"] < 0.2
    assert {rival["name"] for rival in result["verdict"]["baselines"]} == {"majority_answers", "ridge_regression"}


def test_a_class_from_the_table(tmp_path: Path) -> None:
    training = {"epochs": 15, "optimizer": ADAM}
    lines, result, answers = trained(tmp_path, Task.IMAGE_CLASSIFICATION, training, target="side")

    assert [line["truth"] for line in lines] == expected_of(lines, "side")
    assert [answer["label"] for answer in answers] == [line["prediction"] for line in lines]
    assert result["test_metrics"]["accuracy"] > 0.8
