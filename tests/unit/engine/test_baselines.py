"""Every task is held against what costs nothing, with the values that other libraries give it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, root_mean_squared_error
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.support import baselines
from tests.support.architecture_matrix import documents, phrases, transcripts
from tests.support.compiled import (
    make_spec,
    small_images,
    small_recordings,
    small_table,
    small_texts,
    stored_texts,
    with_parts,
)
from tests.support.interactions import small_interactions
from tests.support.references import sacre_bleu_score, word_error_rate
from tests.support.series import small_loads, small_runs
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.interactions.dataset import split_interactions
from trainyard_engine.modalities.series.window_scaling import ScaledWindows
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.verdict.linear import features_of
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

SPLIT = SplitConfig()
MLP = {"name": "mlp", "hidden": [4]}


def trained(data: Path, out: Path, task: Task, architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    spec = make_spec(task, architecture, **{"epochs": 1, "batch_size": 16, **training})
    result = train_here(spec, data, out)[-1]
    assert result["verdict"]["value"] == pytest.approx(result["test_metrics"][result["verdict"]["metric"]], rel=1e-12)
    return result


def values_of(result: dict[str, Any]) -> dict[str, float]:
    return {baseline["name"]: baseline["value"] for baseline in result["verdict"]["baselines"]}


def encoded(data: Path, out: Path) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Features and targets of the training and of the test part, as the model ``out`` is fed."""
    dataset, model = open_dataset(data), load_model(out, "cpu", threads=1)
    prepared = handler_for(dataset.compiled.task).prepare(dataset, model.config.spec, preprocessing=model.preprocessing)
    source = prepared.open_source(torch.device("cpu"))

    def part(rows: Any) -> tuple[Any, Any]:
        (batch,) = source.batches(rows, size=len(rows))
        return features_of(model.encoder(batch.raw)).double().numpy(), batch.target.numpy()

    return part(prepared.split.train), part(prepared.split.test)


@pytest.mark.parametrize(
    ("task", "write", "architecture", "training"),
    [
        (Task.TABULAR_CLASSIFICATION, small_table, MLP, {}),
        (Task.IMAGE_CLASSIFICATION, small_images, MLP, {}),
        (Task.SEQUENCE_CLASSIFICATION, small_runs, {"name": "rnn", "hidden": 4}, {}),
        (Task.AUDIO_CLASSIFICATION, small_recordings, {"name": "speech_rnn", "hidden": 4}, {"audio": {"mels": 8}}),
    ],
)
def test_classes(task: Task, write: Any, architecture: Any, training: Any, tmp_path: Path) -> None:
    data = write(tmp_path / "data")
    found = values_of(trained(data, tmp_path / "out", task, architecture, **training))
    train, (features, target) = encoded(data, tmp_path / "out")
    assert found["majority_class"] == DummyClassifier(strategy="most_frequent").fit(*train).score(features, target)
    # Two softmax rows share the penalty that scikit-learn's one row has alone.
    strength = 2.0 if len(np.unique(train[1])) == 2 else 1.0
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1_000)).fit(*train)
    assert found["logistic_regression"] == pytest.approx(logistic.score(features, target), abs=1.5 / len(target))


def test_classes_that_weigh_alike_are_judged_by_their_recalls(tmp_path: Path) -> None:
    data = small_table(tmp_path / "data")
    result = trained(data, tmp_path / "out", Task.TABULAR_CLASSIFICATION, MLP, balance_classes=True)
    assert result["verdict"]["metric"] == "recall_macro"
    train, (features, target) = encoded(data, tmp_path / "out")
    guess = DummyClassifier(strategy="most_frequent").fit(*train).predict(features)
    assert values_of(result)["majority_class"] == balanced_accuracy_score(target, guess)


def test_texts(tmp_path: Path) -> None:
    data = small_texts(tmp_path / "data")
    found = values_of(trained(data, tmp_path / "out", Task.TEXT_CLASSIFICATION, {"name": "text_pool"}))
    dataset, tokenizer = (
        open_dataset(data),
        load_model(tmp_path / "out", "cpu", threads=1).preprocessing.known_tokenizer,
    )
    counts = np.zeros((dataset.compiled.rows, tokenizer.vocabulary))
    for row, text in enumerate(stored_texts(data)):
        np.add.at(counts[row], tokenizer.encode([text])[0], 1)
    counts = np.delete(counts, list(tokenizer.special), axis=1)
    split = split_examples(dataset, SPLIT)
    bayes = MultinomialNB().fit(counts[split.train], dataset.target[split.train])
    assert found["naive_bayes"] == bayes.score(counts[split.test], dataset.target[split.test])


@pytest.mark.parametrize("loss", ["mse", "mae"])
def test_numbers(loss: str, tmp_path: Path) -> None:
    data = small_table(tmp_path / "data", is_regression=True)
    found = values_of(trained(data, tmp_path / "out", Task.TABULAR_REGRESSION, MLP, loss=loss))
    train, (features, target) = encoded(data, tmp_path / "out")
    score = root_mean_squared_error if loss == "mse" else mean_absolute_error
    models = {
        "mean": DummyRegressor(),
        "median": DummyRegressor(strategy="median"),
        "ridge_regression": make_pipeline(StandardScaler(), Ridge()),
    }
    assert found == pytest.approx({n: score(target, m.fit(*train).predict(features)) for n, m in models.items()})


def test_forecasts(tmp_path: Path) -> None:
    data = small_loads(tmp_path / "data")
    series = {"context": 8, "horizon": 3, "season": 4}
    result = trained(data, tmp_path / "out", Task.TIME_SERIES_FORECASTING, {"name": "rnn", "hidden": 4}, series=series)
    found, metrics = values_of(result), result["test_metrics"]
    assert found["last_value"] == pytest.approx(metrics["naive_mae"])
    assert found["last_season"] == pytest.approx(metrics["seasonal_naive_mae"])


@pytest.mark.parametrize("scaling", ["global", "per_series", "per_window"])
def test_a_linear_forecast(scaling: str, tmp_path: Path) -> None:
    """Between windows that are scaled as the network's are, and judged in the target's own units."""
    data = small_loads(tmp_path / "data")
    series = {"context": 8, "horizon": 3, "scaling": scaling}
    network = {"name": "rnn", "hidden": 4}
    found = values_of(trained(data, tmp_path / "out", Task.TIME_SERIES_FORECASTING, network, series=series))
    dataset, model = open_dataset(data), load_model(tmp_path / "out", "cpu", threads=1)
    prepared = handler_for(Task.TIME_SERIES_FORECASTING).prepare(
        dataset, model.config.spec, preprocessing=model.preprocessing
    )

    def part(windows: Any) -> tuple[Any, Any, ScaledWindows]:
        (batch,) = prepared.open_source(torch.device("cpu")).batches(windows, size=len(windows))
        values = model.encoder(batch.raw).values.flatten(1).double().numpy()
        return values, batch.target.double().numpy(), ScaledWindows(*batch.raw)

    seen, told, _ = part(prepared.split.train)
    ridge = make_pipeline(StandardScaler(), Ridge()).fit(seen, told[:, 0])
    seen, told, windows = part(prepared.split.test)
    forecast = windows.in_units(torch.from_numpy(ridge.predict(seen))).numpy()
    assert found["ridge_regression"] == pytest.approx(mean_absolute_error(told[:, 1], forecast), rel=1e-4)
    mean = np.full_like(told[:, 1], model.config.target_mean)
    assert found["mean"] == pytest.approx(mean_absolute_error(told[:, 1], mean), rel=1e-4)


def test_orders(tmp_path: Path) -> None:
    data = small_interactions(tmp_path / "data", rated=False)
    result = trained(data, tmp_path / "out", Task.RECOMMENDATION, {"name": "matrix_factorization", "factors": 2})
    expected = baselines.most_popular(open_dataset(data), SPLIT)["ndcg_at_10"]
    assert values_of(result) == {"most_popular": pytest.approx(expected)}


def test_ratings(tmp_path: Path) -> None:
    data = small_interactions(tmp_path / "data", rated=True)
    mf = {"name": "matrix_factorization", "factors": 2}
    result = trained(data, tmp_path / "out", Task.RECOMMENDATION, mf, loss="mse")
    dataset = open_dataset(data)

    split = split_interactions(dataset, SPLIT)
    rows = [
        (int(u), int(i), float(r))
        for u, i, r in zip(dataset.features["user"], dataset.features["item"], dataset.target, strict=True)
    ]
    train = [rows[row] for row in split.train]
    mean = sum(rating for _, _, rating in train) / len(train)
    users, items = dict.fromkeys((u for u, _, _ in rows), 0.0), dict.fromkeys((i for _, i, _ in rows), 0.0)
    for _ in range(10):
        for item in items:
            own = [rating - mean - users[u] for u, i, rating in train if i == item]
            items[item] = sum(own) / (10 + len(own))
        for user in users:
            own = [rating - mean - items[i] for u, i, rating in train if u == user]
            users[user] = sum(own) / (15 + len(own))
    errors = [mean + users[rows[r][0]] + items[rows[r][1]] - rows[r][2] for r in split.test]
    assert values_of(result)["user_item_biases"] == pytest.approx(np.sqrt(np.mean(np.square(errors))))
    assert values_of(result)["mean"] == pytest.approx(
        root_mean_squared_error([rows[r][2] for r in split.test], [mean] * len(split.test))
    )


def test_documents(tmp_path: Path) -> None:
    data = documents(tmp_path / "data")
    result = trained(
        data,
        tmp_path / "out",
        Task.LANGUAGE_MODELLING,
        {"name": "gpt", "d_model": 8, "num_heads": 1, "num_layers": 1},
        text={"tokenizer": "words", "max_length": 16},
    )
    pairs = baselines.TokenPairs.of(data, tmp_path / "out", SPLIT)
    assert values_of(result) == {"token_frequencies": pytest.approx(np.log(pairs.perplexity_by_frequencies()))}


def test_translations(tmp_path: Path) -> None:
    data = phrases(tmp_path / "data")
    result = trained(
        data,
        tmp_path / "out",
        Task.TRANSLATION,
        {"name": "seq2seq", "d_model": 8, "num_heads": 1, "num_layers": 1},
        text={"tokenizer": "words", "max_length": 8},
    )
    split = split_examples(open_dataset(data), SPLIT)
    texts, truth = (np.array(stored_texts(data, name))[split.test].tolist() for name in ("text", "translation"))
    assert values_of(result) == {"copy": float(sacre_bleu_score(texts, [[text] for text in truth]))}


def test_transcripts(tmp_path: Path) -> None:
    data = transcripts(tmp_path / "data")
    result = trained(data, tmp_path / "out", Task.SPEECH_RECOGNITION, {"name": "speech_rnn", "hidden": 4})
    dataset = open_dataset(data)
    split, letters = split_examples(dataset, SPLIT), np.array(dataset.features["transcript"])
    most = np.bincount(letters[split.train]).argmax()
    expected = word_error_rate([str(most)] * len(split.test), [str(letters[row]) for row in split.test])
    assert values_of(result) == {"most_frequent_transcript": pytest.approx(float(expected)), "silence": 1.0}


@pytest.mark.parametrize("rated", [False, True])
def test_users_and_items_that_training_did_not_meet(rated: bool, tmp_path: Path) -> None:
    data = small_interactions(tmp_path / "data", rated=rated)
    users, items = np.load(data / "user.npy"), np.load(data / "item.npy")
    with_parts(data, np.where((users < 5) | (items == 3), 2, np.where(users < 8, 1, 0)))
    spec = make_spec(Task.RECOMMENDATION, {"name": "matrix_factorization", "factors": 2}, epochs=1)
    result = train_here(spec | {"split": {"by": "given"}}, data, tmp_path / "out")[-1]
    assert result["verdict"]["examples"] == ((users < 5) | (items == 3)).sum()
    assert all(0 <= value < 10 for value in values_of(result).values())
