"""On real observations, of which some are hidden, recommenders beat what needs no personal vectors.

An order: users are sentences in Danish, German and French, items the words they hold; most popular words are the
baseline (NDCG at 10 of 0.20 where the networks had 0.38 and 0.31). Ratings: users are days of July in Seattle, items
hours, ratings temperatures; a day's mean plus an hour's is the baseline (RMSE of 1.06 °F, the networks 0.45 and 0.15).
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from vega_datasets import local_data

from tests.support.compiled import make_spec
from tests.support.interactions import write_interactions
from tests.support.languages import sentences
from tests.support.trainings import train_here
from trainyard_engine.data.dataset import Dataset, open_dataset
from trainyard_engine.data.interactions import KnownIds, catalogue_of, split_interactions
from trainyard_engine.training.ranking import ranking_metrics, ranks
from trainyard_spec.splits import SplitSpec

SPLIT = SplitSpec(train=0.7, val=0.1, test=0.2)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Which of the words that stand in five sentences or more a sentence holds."""
    texts = [sentence for language in ("da", "de", "fr") for sentence in sentences(language)[:150]]
    found = [sorted(set(re.findall(r"\w+", text.lower()))) for text in texts]
    counts = Counter(word for words in found for word in words)
    rows = [{"user": n, "item": word} for n, words in enumerate(found) for word in words if counts[word] >= 5]
    return write_interactions(tmp_path_factory.mktemp("words"), rows)


@pytest.fixture(scope="module")
def temperatures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = local_data.seattle_temps()
    july = table[table.date.dt.month == 7]
    pairs = zip(july.date, july.temp, strict=True)
    rows = [{"user": str(time.date()), "item": time.hour, "rating": float(degrees)} for time, degrees in pairs]
    return write_interactions(tmp_path_factory.mktemp("temperatures"), rows)


def most_popular(dataset: Dataset) -> dict[str, float]:
    """Metrics of offering everybody the items that most training interactions are with."""
    split = split_interactions(dataset, SPLIT)
    ids = KnownIds.of(dataset, split.train)
    catalogue = catalogue_of(dataset, ids, split.train)
    users, target = ids.users[split.test] - 1, torch.from_numpy(ids.items[split.test].astype(np.int64) - 1)
    popularity = np.bincount(ids.items[split.train] - 1, minlength=len(catalogue.items))
    scores = torch.tensor(popularity, dtype=torch.float64).repeat(len(users), 1)
    scores[tuple(torch.from_numpy(index) for index in catalogue.met_by(users, trained=True))] = -torch.inf
    return ranking_metrics(users, ranks(scores, target).numpy())


def rmse_of_means(dataset: Dataset) -> float:
    """Of the overall mean plus a user's and an item's deviation from it."""
    split, target = split_interactions(dataset, SPLIT), dataset.target
    mean = target[split.train].mean()
    predicted = np.full(len(split.test), mean)
    for name in ("user", "item"):
        codes = dataset.features[name]
        sums = np.bincount(codes[split.train], weights=target[split.train] - mean)
        predicted += (sums / np.bincount(codes[split.train]))[codes[split.test]]
    return float(np.sqrt(np.mean((predicted - target[split.test]) ** 2)))


@pytest.mark.parametrize(
    "architecture",
    [
        {"name": "matrix_factorization", "factors": 16},
        {"name": "two_tower", "embedding": 16, "hidden": [], "factors": 16},
    ],
    ids=lambda architecture: architecture["name"],
)
def test_an_order_is_learnt(words: Path, tmp_path: Path, architecture: dict[str, Any]) -> None:
    spec = make_spec(
        "recommendation",
        architecture,
        epochs=15,
        batch_size=32,
        optimizer={"name": "adamw", "lr": 0.02},
        regularization={"dropout": 0.3},
    )
    result = train_here({**spec, "split": SPLIT.model_dump()}, words, tmp_path / "out")[-1]
    baseline = most_popular(open_dataset(words))
    for name, popular in baseline.items():
        assert result["test_metrics"][name] > 1.25 * popular


@pytest.mark.parametrize(
    "architecture",
    [
        {"name": "matrix_factorization", "factors": 4},
        {"name": "two_tower", "embedding": 8, "hidden": [16], "factors": 8},
    ],
    ids=lambda architecture: architecture["name"],
)
def test_ratings_are_learnt(temperatures: Path, tmp_path: Path, architecture: dict[str, Any]) -> None:
    spec = make_spec(
        "recommendation",
        architecture,
        epochs=20,
        batch_size=32,
        optimizer={"name": "adam", "lr": 0.03, "weight_decay": 0},
        schedule={"name": "cosine"},
    )
    result = train_here({**spec, "split": SPLIT.model_dump()}, temperatures, tmp_path / "out")[-1]
    assert result["test_metrics"]["rmse"] < 0.7 * rmse_of_means(open_dataset(temperatures))
