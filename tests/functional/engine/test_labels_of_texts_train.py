"""Several labels of a text: trained, judged as scikit-learn judges, held against naive Bayes, and predicted."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as reference
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_spec.engine_protocol import TEST_PREDICTIONS_FILE
from trainyard_spec.tasks import Task

LABELS = ("food", "rare", "travel")
WORDS = {"food": "soup bread apple", "travel": "train ship road", "": "today very often maybe"}
Line = dict[str, str]


def rows() -> list[dict[str, Any]]:
    random = np.random.default_rng(31)
    found = []
    for place in range(200):
        labels = [label for label in ("food", "travel") if random.random() < 0.4]
        said = [str(random.choice(WORDS[label].split())) for label in labels] * 2
        said += random.choice(WORDS[""].split(), 4).tolist()
        labels += ["rare"] if place % 50 == 7 else []
        found.append({"post": " ".join(random.permutation(said)), "tags": sorted(labels)})
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The directory of a model of labels in lists, and its result."""
    directory = tmp_path_factory.mktemp("texts")
    source = uploads.write_jsonl(directory / "t.jsonl", rows())
    accepted(source, Task.TEXT_CLASSIFICATION, text="post", target="tags", label_separator=",")
    network = {"name": "text_pool", "embedding": 16, "hidden": [16]}
    spec = make_spec(Task.TEXT_CLASSIFICATION, network, epochs=30, optimizer={"name": "adam", "lr": 0.02})
    return directory / "out", train_here(spec, directory / "compiled", directory / "out")[-1]


def lines_of(out: Path) -> list[Line]:
    with (out / TEST_PREDICTIONS_FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(lines: list[Line], what: str) -> npt.NDArray[np.float64]:
    return np.array([[line[f"{what}:{label}"] for label in LABELS] for line in lines], dtype=np.float64)


def test_metrics_are_those_of_scikit_learn(finished: tuple[Path, dict[str, Any]]) -> None:
    out, result = finished
    lines = lines_of(out)
    truth, predicted = columns(lines, "truth"), columns(lines, "prediction")
    told = [[label for label, is_there in zip(LABELS, row, strict=True) if is_there] for row in truth]
    assert told == [rows()[int(line["row"]) - 1]["tags"] for line in lines]
    found = result["test_metrics"]
    assert found["hamming_loss"] == pytest.approx(reference.hamming_loss(truth, predicted))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(truth, predicted))
    assert found["f1_micro"] == pytest.approx(reference.f1_score(truth, predicted, average="micro"))
    assert found["f1_micro"] > 0.85


def test_predicted_labels_are_those_of_the_test(finished: tuple[Path, dict[str, Any]]) -> None:
    out, _ = finished
    lines = lines_of(out)
    answers = predict(load_model(out, "cpu", threads=1), [rows()[int(line["row"]) - 1]["post"] for line in lines])
    for line, answer in zip(lines, answers, strict=True):
        assert answer["labels"] == [label for label in LABELS if line[f"prediction:{label}"] == "1"]
        for label in LABELS:
            assert answer["probabilities"][label] == pytest.approx(float(line[f"probability:{label}"]), rel=1e-5)


def test_of_a_text_without_a_known_word_the_shares_are_told(finished: tuple[Path, dict[str, Any]]) -> None:
    out, _ = finished
    tested = {int(line["row"]) - 1 for line in lines_of(out)}
    (answer,) = predict(load_model(out, "cpu", threads=1), ["zzz qqq"])
    assert [warning["code"] for warning in answer["warnings"]] == ["unknown_words"]
    for label in LABELS:
        shares = [label in row["tags"] for place, row in enumerate(rows()) if place not in tested]
        assert answer["probabilities"][label] == pytest.approx(np.mean(shares), abs=0.03)


def test_the_verdict_holds_it_against_naive_bayes(finished: tuple[Path, dict[str, Any]]) -> None:
    out, result = finished
    tested = [int(line["row"]) - 1 for line in lines_of(out)]
    rivals = {rival["name"]: rival["value"] for rival in result["verdict"]["baselines"]}
    assert rivals.keys() == {"majority_answers", "naive_bayes"}
    posts, has = [row["post"] for row in rows()], np.array([[name in row["tags"] for name in LABELS] for row in rows()])
    vectors = CountVectorizer().fit_transform(posts)
    others = np.setdiff1d(np.arange(len(posts)), tested)
    bayes = OneVsRestClassifier(MultinomialNB()).fit(vectors[others], has[others])
    expected = reference.hamming_loss(has[tested], bayes.predict(vectors[tested]))
    assert rivals["naive_bayes"] == pytest.approx(expected, abs=0.03)
