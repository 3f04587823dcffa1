"""A finished model's test predictions: from that file alone anybody finds its test metrics again."""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.special import logsumexp
from sklearn import metrics as reference

from tests.support.architecture_matrix import DATA, TASK_SECTIONS, TINY
from tests.support.compiled import make_spec, stored_texts
from tests.support.entities import entity_scores
from tests.support.interactions import small_interactions
from tests.support.references import char_error_rate, sacre_bleu_score, word_error_rate
from tests.support.tiny_language_model import registered_here
from tests.support.trainings import train_here
from trainyard_engine.core import prediction_file
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.prediction_file import PredictionFile
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.engine_protocol import TEST_PREDICTIONS_FILE
from trainyard_spec.tasks import Task
from trainyard_spec.validation import parse_training_spec

Table = dict[str, list[str]]
Metrics = dict[str, float]


def floats(values: list[str]) -> npt.NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def judged_classes(table: Table) -> Metrics:
    truth, predicted = table["truth"], table["prediction"]
    classes = [name.removeprefix("logit:") for name in table if name.startswith("logit:")]
    logits = np.stack([floats(table[f"logit:{name}"]) for name in classes], axis=1)
    probabilities = np.stack([floats(table[f"probability:{name}"]) for name in classes], axis=1)
    place = np.array([classes.index(name) for name in truth])
    assert [classes[best] for best in logits.argmax(axis=1)] == predicted
    averaged = partial(reference.precision_recall_fscore_support, truth, predicted, zero_division=0)
    precision, recall, f1, _ = averaged(average="macro")
    odds = [logits[:, n] - logsumexp(np.delete(logits, n, axis=1), axis=1) for n in range(len(classes))]
    areas = [reference.roc_auc_score(place == n, odds[n]) for n in range(len(classes)) if 0 < (place == n).mean() < 1]
    return {
        "loss": reference.log_loss(truth, probabilities, labels=classes),
        "accuracy": reference.accuracy_score(truth, predicted),
        "f1_macro": f1,
        "precision_macro": precision,
        "recall_macro": recall,
        "f1_micro": averaged(average="micro")[2],
        "roc_auc": float(np.mean(areas)),
    }


def judged_numbers(table: Table) -> Metrics:
    truth, predicted = floats(table["truth"]), floats(table["prediction"])
    return {
        "mse": reference.mean_squared_error(truth, predicted),
        "rmse": reference.root_mean_squared_error(truth, predicted),
        "mae": reference.mean_absolute_error(truth, predicted),
        "mape": reference.mean_absolute_percentage_error(truth, predicted),
        "smape": float(np.mean(2 * np.abs(truth - predicted) / (np.abs(truth) + np.abs(predicted)))),
        "r2": reference.r2_score(truth, predicted),
    }


def judged_forecasts(table: Table) -> Metrics:
    naive = np.abs(floats(table["naive"]) - floats(table["truth"])).mean()
    return judged_numbers(table) | {"naive_mae": float(naive)}


def judged_tokens(table: Table) -> Metrics:
    nats, tokens, right = (sum(floats(table[name])) for name in ("nats", "tokens", "right"))
    found = {"loss": nats / tokens, "perplexity": math.exp(nats / tokens), "accuracy": right / tokens}
    if "characters" in table:
        found["bits_per_character"] = nats / math.log(2) / sum(floats(table["characters"]))
    if "truth" in table:
        found["bleu"] = float(sacre_bleu_score(table["prediction"], [[text] for text in table["truth"]]))
    return found


def judged_transcripts(table: Table) -> Metrics:
    said, found = table["truth"], table["prediction"]
    rates = {"wer": word_error_rate(found, said), "cer": char_error_rate(found, said)}
    return {"loss": floats(table["loss"]).mean()} | {name: float(rate) for name, rate in rates.items()}


def judged_order(table: Table) -> Metrics:
    """By scikit-learn, of a made-up order that has the user's items at their places."""
    places: dict[str, list[int]] = defaultdict(list)
    for user, place in zip(table["user"], table["place"], strict=True):
        places[user].append(int(place) if place else 10_000)
    gains, hits, recalls = [], [], []
    for own in places.values():
        relevant = np.zeros((1, 10 + len(own) + max(own)))
        relevant[0, [place - 1 for place in own]] = 1
        gains.append(reference.ndcg_score(relevant, -np.arange(relevant.shape[1])[None], k=10))
        hits.append(min(own) <= 10)
        recalls.append(np.mean([place <= 10 for place in own]))
    loss = np.mean([float(value) for value in table["loss"] if value])
    found = {
        "loss": loss,
        "ndcg_at_10": np.mean(gains),
        "hit_rate_at_10": np.mean(hits),
        "recall_at_10": np.mean(recalls),
    }
    return {name: float(value) for name, value in found.items()}


def judged_preferences(table: Table) -> Metrics:
    columns = {"loss": "loss", "accuracy": "right", "reward_margin": "reward_margin"}
    return {name: float(floats(table[column]).mean()) for name, column in columns.items()}


def judged_embeddings(table: Table) -> Metrics:
    places = floats(table["place"])
    found = {"recall_at_1": places <= 1, "recall_at_10": places <= 10, "mrr": 1 / places}
    return {name: float(values.mean()) for name, values in {"loss": floats(table["loss"]), **found}.items()}


def judged_tags(table: Table) -> Metrics:
    truth, found = ([json.loads(cell) for cell in table[name]] for name in ("truth", "prediction"))
    loss, words = (sum(floats(table[name])) for name in ("nats", "tokens"))
    right = reference.accuracy_score(list(chain.from_iterable(truth)), list(chain.from_iterable(found)))
    return {"loss": loss / words, "accuracy": right, **entity_scores(truth, found)}


JUDGES: dict[Task, Callable[[Table], Metrics]] = {
    Task.IMAGE_REGRESSION: judged_numbers,
    Task.TEXT_REGRESSION: judged_numbers,
    Task.SENTENCE_EMBEDDING: judged_embeddings,
    Task.TOKEN_CLASSIFICATION: judged_tags,
    Task.TABULAR_REGRESSION: judged_numbers,
    Task.TIME_SERIES_FORECASTING: judged_forecasts,
    Task.RECOMMENDATION: judged_numbers,
    Task.TRANSLATION: judged_tokens,
    Task.LANGUAGE_MODELLING: judged_tokens,
    Task.INSTRUCTION_TUNING: judged_tokens,
    Task.PREFERENCE_TUNING: judged_preferences,
    Task.SPEECH_RECOGNITION: judged_transcripts,
}
NOT_TOLD = {"loss", "mase"}
"""Of numbers: these are in units that training measured."""


@pytest.fixture(scope="module", autouse=True)
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with registered_here(tmp_path_factory.mktemp("models")):
        yield


def trained(task: Task, data: Path, out: Path, **training: Any) -> tuple[Metrics, Table]:
    """The test metrics of a short training and its file of predictions, by columns."""
    name = next(name for name, config in ARCHITECTURES.items() if task in config.tasks)
    own = TASK_SECTIONS.get(task.traits.data, lambda _: {})(1)
    own |= {"series": {"context": 8, "horizon": 3}} if task == Task.TIME_SERIES_FORECASTING else {}
    architecture = {"name": name, **TINY.get(name, [{}])[0]}
    result = train_here(make_spec(task, architecture, epochs=1, **own, **training), data, out)[-1]
    assert TEST_PREDICTIONS_FILE in [entry["name"] for entry in result["files"]]
    with (out / TEST_PREDICTIONS_FILE).open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    return result["test_metrics"], dict(zip(header, map(list, zip(*lines, strict=True)), strict=True))


@pytest.mark.parametrize("task", Task)
def test_every_metric_is_found_again_from_the_file(task: Task, tmp_path: Path) -> None:
    metrics, table = trained(task, DATA[task](tmp_path / "data"), tmp_path / "out")
    judge = JUDGES.get(task, judged_classes)
    found = judge(table)
    expected = {
        name: metrics[name]
        for name in metrics.keys() - (NOT_TOLD if judge in (judged_numbers, judged_forecasts) else set())
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_file_that_is_too_large_ends_with_a_whole_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction_file, "LARGEST", 100)
    with PredictionFile(tmp_path / "answers.csv", lambda rows: {"row": rows.tolist()}, np.arange(90)) as file:
        for begin in range(0, 90, 30):
            file.record(30, {"truth": [f"t{row}" for row in range(begin, begin + 30)]})
        assert not file.is_whole
        entry = file.finish()
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    assert (entry.name, lines[0], lines[-1], len(lines)) == ("answers.csv", "row,truth", "29,t29", 31)


def test_of_a_test_that_failed_no_file_stays(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), PredictionFile(tmp_path / "a.csv", lambda _: {}, np.arange(9)) as file:
        file.record(1 // 0, {})
    assert list(tmp_path.iterdir()) == []


def test_an_order_of_items_is_judged_again_from_its_places(tmp_path: Path) -> None:
    data = small_interactions(tmp_path / "data", rated=False)
    metrics, table = trained(Task.RECOMMENDATION, data, tmp_path / "out")
    assert judged_order(table) == pytest.approx(metrics)


def test_questions_about_each_class_alone_are_ordered_by_their_logits(tmp_path: Path) -> None:
    data = DATA[Task.IMAGE_CLASSIFICATION](tmp_path / "data")
    metrics, table = trained(Task.IMAGE_CLASSIFICATION, data, tmp_path / "out", loss="bce")
    truth = np.array(table["truth"])
    areas = [reference.roc_auc_score(truth == name, floats(table[f"logit:{name}"])) for name in sorted(set(truth))]
    assert metrics["roc_auc"] == pytest.approx(np.mean(areas))


@pytest.mark.parametrize("task", [Task.TABULAR_REGRESSION, Task.TRANSLATION, Task.IMAGE_CLASSIFICATION])
def test_rows_are_those_of_the_test_part(task: Task, tmp_path: Path) -> None:
    data = DATA[task](tmp_path / "data")
    _, table = trained(task, data, tmp_path / "out")
    dataset = open_dataset(data)
    spec = parse_training_spec(make_spec(task, {"name": next(n for n, c in ARCHITECTURES.items() if task in c.tasks)}))
    rows = np.array(table["row"], dtype=np.int64)
    assert rows.tolist() == (handler_for(task).prepare(dataset, spec).split.test + 1).tolist()
    if task == Task.TRANSLATION:
        assert table["truth"] == [stored_texts(data, "translation")[row - 1] for row in rows]
    elif task.is_classification:
        assert table["truth"] == [dataset.compiled.classes[dataset.target[row - 1]] for row in rows]
    else:
        assert torch.tensor(floats(table["truth"])).equal(torch.tensor(np.asarray(dataset.target[rows - 1])).double())
