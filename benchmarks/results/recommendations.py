"""Which words stand in a sentence, and how warm an hour was, beside popularity, means and linear algebra."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.preprocessing import OneHotEncoder

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import DEFAULTS, SPLIT, Array, Compared, trained
from tests.support.baselines import most_popular, order_metrics, rmse_of_means
from tests.support.interactions import july_temperatures, made_up_ratings, words_of_sentences
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.modalities.interactions.dataset import split_interactions

ORDERING: dict[str, dict[str, Any]] = {
    "matrix_factorization": {"factors": 16},
    "two_tower": {"embedding": 16, "hidden": [], "factors": 16},
}
RATING: dict[str, dict[str, Any]] = {
    "matrix_factorization": {"factors": 4},
    "two_tower": {"embedding": 8, "hidden": [16], "factors": 8},
}


def run(directory: Path) -> list[ResultRow]:
    return [
        *orders(directory / "words"),
        *ratings(directory / "temperatures"),
        *sparse_ratings(directory / "sparse"),
    ]


def orders(directory: Path) -> list[ResultRow]:
    data = words_of_sentences(directory)
    dataset = open_dataset(data)
    compared = Compared(
        task="recommendation",
        data="words of sentences",
        metric="NDCG at 10",
        baseline=Figure("most popular", most_popular(dataset, SPLIT)["ndcg_at_10"]),
        references=(Figure("`TruncatedSVD`", order_metrics(dataset, SPLIT, _decomposed)["ndcg_at_10"]),),
    )
    training = {
        "epochs": 15,
        "batch_size": 32,
        "optimizer": {"name": "adamw", "lr": 0.02},
        "regularization": {"dropout": 0.3},
    }
    return _rows(compared, ORDERING, data, directory, training)


def ratings(directory: Path) -> list[ResultRow]:
    data = july_temperatures(directory)
    dataset = open_dataset(data)
    compared = Compared(
        task="recommendation, ratings",
        data="temperatures of July",
        metric="RMSE",
        baseline=Figure("mean of day plus mean of hour", rmse_of_means(dataset, SPLIT)),
        references=(Figure("ridge on day and hour", _ridge(dataset)),),
    )
    training = {
        "epochs": 20,
        "batch_size": 32,
        "optimizer": {"name": "adam", "lr": 0.03, "weight_decay": 0},
        "schedule": {"name": "cosine"},
    }
    return _rows(compared, RATING, data, directory, training)


def sparse_ratings(directory: Path) -> list[ResultRow]:
    data = made_up_ratings(directory)
    dataset = open_dataset(data)
    compared = Compared(
        task="recommendation, ratings",
        data="made-up ratings",
        metric="RMSE",
        baseline=Figure("mean of user plus mean of item", rmse_of_means(dataset, SPLIT)),
        references=(Figure("ridge on user and item", _ridge(dataset)),),
    )
    return [
        compared.row(f"{name}, defaults", trained("recommendation", {"name": name}, data, directory / name, **DEFAULTS))
        for name in RATING
    ]


def _rows(
    compared: Compared, options: dict[str, dict[str, Any]], data: Path, directory: Path, training: dict[str, Any]
) -> list[ResultRow]:
    """Of each network twice, with ``options`` and ``training`` and with nothing said."""
    rows = []
    for name, sizes in options.items():
        chosen = trained("recommendation", {"name": name, **sizes}, data, directory / name, **training)
        untouched = trained("recommendation", {"name": name}, data, directory / f"{name}-defaults", **DEFAULTS)
        rows += [compared.row(name, chosen), compared.row(f"{name}, defaults", untouched)]
    return rows


def _decomposed(met: Array) -> Array:
    """What is left of (users, items) in as many dimensions as our models have."""
    decomposition = TruncatedSVD(16, random_state=0)
    scores: Array = decomposition.inverse_transform(decomposition.fit_transform(met))
    return scores


def _ridge(dataset: Dataset) -> float:
    split = split_interactions(dataset, SPLIT)
    codes = np.stack([dataset.features["user"], dataset.features["item"]], axis=1)
    inputs = OneHotEncoder().fit_transform(codes)
    model = Ridge().fit(inputs[split.train], dataset.target[split.train])
    return float(root_mean_squared_error(dataset.target[split.test], model.predict(inputs[split.test])))
