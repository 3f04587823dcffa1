"""Asked about a test row's own text, picture or pair, a finished model answers the numbers of its evaluation."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.evaluated import Line, trained
from trainyard_spec.tasks import Task

RNN = {"name": "rnn", "embedding": 6, "hidden": 5}
WORDS = ("Gold", "Zinn", "Öl", "e\u0301tain", "鉄", "lead", "\U0001f642")


def text(number: int) -> str:
    return " ".join(WORDS[(3 * number + place * place) % len(WORDS)] for place in range(1 + number % 9))


def numbers(lines: list[Line], column: str) -> list[float]:
    return [float(line[column]) for line in lines]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_numbers_of_texts(tmp_path: Path, suffix: str) -> None:
    """Some rows hold no number; texts are longer than a network reads."""
    rows = [{"says": text(row), "worth": None if row % 7 == 3 else 100 + row / 8} for row in range(60)]
    writers = {"csv": uploads.write_csv, "jsonl": uploads.write_jsonl, "parquet": uploads.write_parquet}
    source = writers[suffix](tmp_path / f"t.{suffix}", rows)
    options = {"text": "says", "target": "worth"}

    lines, found, ask = trained(source, Task.TEXT_REGRESSION, RNN, options, text={"max_length": 5})

    own = [rows[int(line["row"]) - 1] for line in lines]
    truth, predicted = numbers(lines, "truth"), numbers(lines, "prediction")
    assert truth == [row["worth"] for row in own]
    assert [answer["value"] for answer in ask([row["says"] for row in own])] == pytest.approx(predicted, rel=1e-5)
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(np.subtract(truth, predicted)))), rel=1e-6)


def test_several_numbers_of_texts(tmp_path: Path) -> None:
    rows = [{"says": text(row), "low": row / 4, "high": 1e6 + 10 * row} for row in range(60)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    options = {"text": "says", "targets": ("low", "high")}

    lines, _, ask = trained(source, Task.TEXT_REGRESSION, {"name": "text_pool"}, options)

    answers = ask([rows[int(line["row"]) - 1]["says"] for line in lines])
    for name in ("low", "high"):
        found = [answer["values"][name] for answer in answers]
        assert found == pytest.approx(numbers(lines, f"prediction:{name}"), rel=1e-5)


def test_numbers_of_pictures(tmp_path: Path) -> None:
    """Pictures of several sizes, which are resized alike."""
    files = {f"{row:02}.png": uploads.image_bytes(4 * row, size=(8 + 4 * (row % 3), 8)) for row in range(60)}
    table = "file,age\n" + "".join(f"{row:02}.png,{row / 2}\n" for row in range(60))
    source = uploads.write_zip(tmp_path / "t.zip", {**files, "labels.csv": table.encode()})
    network = {"name": "cnn", "channels": [4]}

    lines, _, ask = trained(source, Task.IMAGE_REGRESSION, network, {"target": "age", "image_size": 8})

    assert numbers(lines, "truth") == [int(line["file"][:2]) / 2 for line in lines]
    answers = ask([base64.b64encode(files[line["file"]]).decode() for line in lines])
    assert [answer["value"] for answer in answers] == pytest.approx(numbers(lines, "prediction"), rel=1e-4)


@pytest.mark.parametrize("column", ["prediction", "similarity"])
def test_pairs_of_texts(tmp_path: Path, column: str) -> None:
    """Scored pairs have their cosine as the prediction, others as the similarity of the own partner."""
    rows: list[dict[str, Any]] = [{"sentence1": text(row), "sentence2": text(5 * row + 1)} for row in range(60)]
    if column == "prediction":
        rows = [{**row, "score": place % 5 / 4} for place, row in enumerate(rows)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)

    lines, _, ask = trained(source, Task.SENTENCE_EMBEDDING, RNN, {}, embedding={"dimensions": 8})

    pairs = [rows[int(line["row"]) - 1] for line in lines]
    answers = ask([{name: row[name] for name in ("sentence1", "sentence2")} for row in pairs])
    assert [answer["similarity"] for answer in answers] == pytest.approx(numbers(lines, column), abs=1e-5)
