"""A finished model predicts of a test row's own cells what its evaluation made of that row, and what both are worth."""

import base64
import csv
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from tests.support import uploads
from tests.support.evaluated import Found, Line, trained
from tests.support.fuzz.scale import tries
from tests.support.fuzz.spellings import Row, spelled_rows
from tests.support.series import COLUMNS, FORECAST, LABELLED, SEQUENCES, load_rows, run_rows
from tests.support.speech import recording_bytes, tone, transcribed
from trainyard_spec.tasks import Task

MLP = {"name": "mlp", "hidden": [8]}
RNN = {"name": "rnn", "embedding": 6, "hidden": 5}


def classes_agree(lines: list[Line], answers: list[Found], found: dict[str, float]) -> None:
    """Labels and probabilities are those of the file, from which scikit-learn has the same metrics."""
    shares = [
        {name.removeprefix("probability:"): float(share) for name, share in line.items() if "probability:" in name}
        for line in lines
    ]
    for line, own, answer in zip(lines, shares, answers, strict=True):
        assert answer["probabilities"] == pytest.approx(own, rel=1e-4, abs=1e-6)
        best = sorted(own.values())[-2:]
        assert answer["label"] == line["prediction"] or best[1] - best[0] < 1e-5
    truth, predicted = ([line[name] for line in lines] for name in ("truth", "prediction"))
    logits = np.array([[float(line[f"logit:{name}"]) for name in shares[0]] for line in lines])
    area = areas(logits, np.array(truth)[:, None] == list(shares[0]))
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "f1_macro": metrics.f1_score(truth, predicted, average="macro", zero_division=0),
        "loss": -np.mean([np.log(own[name]) for own, name in zip(shares, truth, strict=True)]),
    } | ({"roc_auc": area} if area is not None else {})
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def areas(logits: np.ndarray, is_class: np.ndarray) -> float | None:
    """The mean over the classes of one against all others, by the log odds."""
    odds = [
        logits[:, place] - np.logaddexp.reduce(np.delete(logits, place, axis=1), axis=1)
        for place in range(logits.shape[1])
    ]
    told = [place for place, own in enumerate(is_class.T) if own.any() and not own.all()]
    return float(np.mean([metrics.roc_auc_score(is_class[:, place], odds[place]) for place in told])) if told else None


def numbers_agree(lines: list[Line], values: Sequence[float], found: dict[str, float]) -> None:
    """Predictions are those of the file, from which scikit-learn has the same metrics."""
    truth, predicted = (np.array([float(line[name]) for line in lines]) for name in ("truth", "prediction"))
    spread = float(np.abs(truth).max()) or 1.0
    np.testing.assert_allclose(values, predicted, rtol=1e-4, atol=1e-5 * spread)
    expected = {
        "rmse": metrics.root_mean_squared_error(truth, predicted),
        "mae": metrics.mean_absolute_error(truth, predicted),
    } | ({"r2": metrics.r2_score(truth, predicted)} if "r2" in found else {})
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def _as_csv(rows: list[Row], path: Path) -> list[Row]:
    uploads.write_csv(path, rows)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _as_jsonl(rows: list[Row], path: Path) -> list[Row]:
    uploads.write_jsonl(path, rows)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _as_parquet(rows: list[Row], path: Path) -> list[Row]:
    uploads.write_parquet(path, _of_one_type(rows))
    found: list[Row] = pyarrow.parquet.read_table(path).to_pylist()
    return found


def _of_one_type(rows: list[Row]) -> list[Row]:
    """A column of Parquet has one type: texts, where one cell is a text."""
    texts = {name for row in rows for name, cell in row.items() if isinstance(cell, str)}
    return [
        {name: str(cell) if name in texts and cell is not None else cell for name, cell in row.items()} for row in rows
    ]


FORMATS = {"csv": _as_csv, "jsonl": _as_jsonl, "parquet": _as_parquet}
"""Writes a table; returns its rows as somebody who reads the file would send them."""


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("task", [Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION])
@tries(quick=5, full=200)
@given(data=st.data())
def test_rows_of_tables(task: Task, suffix: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / f"t.{suffix}"
        rows = data.draw(spelled_rows(is_classification=task.is_classification))
        sent = FORMATS[suffix](rows, source)
        lines, found, ask = trained(source, task, MLP, {"target": "y"})
        answers = ask([sent[int(line["row"]) - 1] for line in lines])
        if task.is_classification:
            classes_agree(lines, answers, found)
        else:
            numbers_agree(lines, [answer["value"] for answer in answers], found)


def _base64(files: dict[str, bytes], lines: list[Line]) -> list[str]:
    return [base64.b64encode(files[line["file"]]).decode() for line in lines]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_pictures_of_every_kind(tmp_path: Path, mode: str) -> None:
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
    kinds = ["PNG", "WEBP", "GIF", "BMP"] if channels % 2 else ["PNG", "WEBP"]
    files = {
        f"{label}/{number}.png": uploads.image_bytes(
            tuple((number * 9 + place * 50 + band * 70) % 256 for band in range(channels)) if channels > 1 else number,
            mode=mode,
            kind=kinds[number % len(kinds)],
            size=(8, 8) if number % 4 else (13, 5),
        )
        for place, label in enumerate(["a", "b", "c"])
        for number in range(12)
    }
    source = uploads.write_zip(tmp_path / "a.zip", files)
    lines, found, ask = trained(source, Task.IMAGE_CLASSIFICATION, {"name": "cnn", "channels": [4]}, {"image_size": 8})
    classes_agree(lines, ask(_base64(files, lines)), found)


def _said(number: int) -> bytes:
    if number % 3:
        return tone(300 + 150 * number, seconds=0.1 + number % 5 / 20)
    noise = np.random.default_rng(number).normal(0, 0.2, (2_400, 2))
    kind, subtype = [("FLAC", None), ("OGG", "VORBIS"), ("WAV", "FLOAT"), ("WAV", "ULAW")][number % 4]
    return recording_bytes(noise, 16_000, kind=kind, subtype=subtype)


def test_recordings(tmp_path: Path) -> None:
    files = {
        f"{label}/{number}.wav": _said(number + 12 * place) for place, label in enumerate("ab") for number in range(12)
    }
    source = uploads.write_zip(tmp_path / "a.zip", files)
    speech = {"name": "speech_rnn", "hidden": 6, "channels": 3, "num_layers": 1}
    lines, found, ask = trained(source, Task.AUDIO_CLASSIFICATION, speech, {"sample_rate": 8_000}, audio={"mels": 16})
    classes_agree(lines, ask(_base64(files, lines)), found)


def test_speech(tmp_path: Path) -> None:
    """The texts; what the characters cost, a prediction does not tell."""
    files = transcribed([("abc"[number % 3], _said(number)) for number in range(30)])
    source = uploads.write_zip(tmp_path / "a.zip", files)
    speech = {"name": "speech_rnn", "hidden": 6, "channels": 3, "num_layers": 1, "subsampling": 2}
    training = {"audio": {"mels": 16}, "epochs": 3, "optimizer": {"name": "adam", "lr": 0.02}}
    lines, found, ask = trained(source, Task.SPEECH_RECOGNITION, speech, {"sample_rate": 8_000}, **training)
    assert [answer["text"] for answer in ask(_base64(files, lines))] == [line["prediction"] for line in lines]
    assert found["loss"] == pytest.approx(np.mean([float(line["loss"]) for line in lines]), rel=1e-9)


@pytest.mark.parametrize("suffix", FORMATS)
def test_texts(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"post": f" {row['post']}\u00a0E\u0301t\u00e9 \U0001f642", "topic": row["topic"]} for row in uploads.post_rows()
    ]
    sent = FORMATS[suffix](rows, tmp_path / f"t.{suffix}")
    options = {"text": "post", "target": "topic"}
    source = tmp_path / f"t.{suffix}"
    lines, found, ask = trained(source, Task.TEXT_CLASSIFICATION, RNN, options, text={"max_length": 12})
    classes_agree(lines, ask([sent[int(line["row"]) - 1]["post"] for line in lines]), found)


@pytest.mark.parametrize(
    ("network", "tokenizer"), [(RNN, "characters"), ({"name": "text_pool", "embedding": 6}, "char_ngrams")]
)
def test_texts_in_files(tmp_path: Path, network: dict[str, Any], tokenizer: str) -> None:
    files = uploads.text_folders()
    source = uploads.write_tar(tmp_path / "t.tar.gz", files)
    lines, found, ask = trained(source, Task.TEXT_CLASSIFICATION, network, {}, text={"tokenizer": tokenizer})
    classes_agree(lines, ask([files[line["file"]].decode() for line in lines]), found)


def test_translations(tmp_path: Path) -> None:
    """The texts; what their tokens cost, a prediction does not tell."""
    rows = [{"a": f"word{n % 7} of{n % 5}", "b": f"wort{n % 7} von{n % 5}"} for n in range(40)]
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows)
    network = {"name": "seq2seq", "variant": "lstm", "d_model": 8, "num_layers": 1}
    training = {"epochs": 4, "optimizer": {"name": "adam", "lr": 0.05}, "text": {"tokenizer": "words"}}
    lines, found, ask = trained(source, Task.TRANSLATION, network, {"text": "a", "target": "b"}, **training)
    answers = ask([rows[int(line["row"]) - 1]["a"] for line in lines])
    assert [answer["text"] for answer in answers] == [line["prediction"] for line in lines]
    tokens_agree(lines, found)


def test_documents(tmp_path: Path) -> None:
    """A prediction goes on with a text and tells no token's cost: here only the metrics can be compared."""
    rows = [{"text": " ".join(f"word{(7 * n + place * place) % 40}" for place in range(12))} for n in range(40)]
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    text = {"tokenizer": "bpe", "vocabulary": 300, "max_length": 16}
    network = {"name": "gpt", "d_model": 16, "num_heads": 2, "num_layers": 1}
    lines, found, _ = trained(source, Task.LANGUAGE_MODELLING, network, {"text": "text"}, text=text)
    tokens_agree(lines, found)


def tokens_agree(lines: list[Line], found: dict[str, float]) -> None:
    nats, tokens, right = (sum(float(line[name]) for line in lines) for name in ("nats", "tokens", "right"))
    expected = {"loss": nats / tokens, "perplexity": np.exp(nats / tokens), "accuracy": right / tokens}
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("scaling", ["global", "per_series", "per_window"])
def test_forecasts(tmp_path: Path, suffix: str, scaling: str) -> None:
    rows = [row | {"load": f"{row['load']:.2f}".replace(".", ",")} for row in load_rows()]
    order = np.random.default_rng(0).permutation(len(rows)).tolist()
    source = tmp_path / f"t.{suffix}"
    sent = FORMATS[suffix]([rows[place] for place in order], source)
    series = {"context": 8, "horizon": 3, "scaling": scaling}
    lines, found, ask = trained(source, FORECAST, MLP, COLUMNS, series=series)
    begins = [order[int(line["row"]) - 1] for line in lines[::3]]
    in_time = dict(zip(order, sent, strict=True))
    answers = ask([[in_time[place] for place in range(begin - 1, begin - 9, -1)] for begin in begins])
    values = [value for answer in answers for value in answer["values"]]
    truth = [float(rows[order[int(line["row"]) - 1]]["load"].replace(",", ".")) for line in lines]
    assert [float(line["truth"]) for line in lines] == truth
    numbers_agree(lines, values, found)


@pytest.mark.parametrize("suffix", FORMATS)
def test_series_in_classes(tmp_path: Path, suffix: str) -> None:
    rows = [row | {"speed": None if row["at"] == 2 else row["speed"]} for row in run_rows()]
    source = tmp_path / f"t.{suffix}"
    sent = FORMATS[suffix](rows[::-1], source)
    lines, found, ask = trained(source, SEQUENCES, {"name": "rnn", "hidden": 4}, LABELLED)
    runs = {line["series"]: [row for row in sent if str(row["run"]) == line["series"]] for line in lines}
    classes_agree(lines, ask([runs[line["series"]] for line in lines]), found)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("architecture", ["matrix_factorization", "two_tower"])
def test_ratings(tmp_path: Path, suffix: str, architecture: str) -> None:
    rows = [row | {"stars": f"{row['stars']},5"} for row in uploads.rating_rows(users=8, items=7)]
    source = tmp_path / f"t.{suffix}"
    sent = FORMATS[suffix](rows, source)
    options = {"user": "who", "item": "film", "target": "stars"}
    lines, found, ask = trained(source, Task.RECOMMENDATION, {"name": architecture, "factors": 4}, options, loss="mse")
    chosen = [sent[int(line["row"]) - 1] for line in lines]
    answers = ask([{"user": row["who"], "item": row["film"]} for row in chosen])
    numbers_agree(lines, [answer["value"] for answer in answers], found)


def test_orders_of_items(tmp_path: Path) -> None:
    """A prediction leaves out the items that the user has met, the test's among them: here only metrics compare."""
    rows = uploads.rating_rows(users=8, items=7)
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    network = {"name": "matrix_factorization", "factors": 4}
    lines, found, _ = trained(
        source, Task.RECOMMENDATION, network, {"user": "who", "item": "film"}, loss="cross_entropy"
    )
    gains: dict[str, list[float]] = {}
    for line in lines:
        place = int(line["place"]) if line["place"] else 10**6
        gains.setdefault(line["user"], []).append(1 / np.log2(place + 1) if place <= 10 else 0.0)
    ideal = np.cumsum(1 / np.log2(np.arange(10) + 2))
    shares = [sum(own) / ideal[min(len(own), 10) - 1] for own in gains.values()]
    assert found["ndcg_at_10"] == pytest.approx(np.mean(shares), rel=1e-9)
    assert found["hit_rate_at_10"] == pytest.approx(np.mean([any(own) for own in gains.values()]), rel=1e-9)
