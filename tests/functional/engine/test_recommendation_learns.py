"""On real observations, of which some are hidden, recommenders beat what needs no personal vectors.

An order: users are sentences in Danish, German and French, items the words they hold; most popular words are the
baseline (NDCG at 10 of 0.20 where the networks had 0.38 and 0.31). Ratings: users are days of July in Seattle, items
hours, ratings temperatures; a day's mean plus an hour's is the baseline (RMSE of 1.06 °F, the networks 0.45 and 0.15).
"""

from pathlib import Path
from typing import Any

import pytest

from tests.support.baselines import most_popular, rmse_of_means
from tests.support.compiled import make_spec
from tests.support.interactions import july_temperatures, made_up_ratings, words_of_sentences
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_spec.splits import SplitConfig

SPLIT = SplitConfig(train=0.7, val=0.1, test=0.2)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return words_of_sentences(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def temperatures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return july_temperatures(tmp_path_factory.mktemp("temperatures"))


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
    baseline = most_popular(open_dataset(words), SPLIT)
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
    assert result["test_metrics"]["rmse"] < 0.7 * rmse_of_means(open_dataset(temperatures), SPLIT)


@pytest.mark.parametrize("architecture", ["matrix_factorization", "two_tower"])
def test_ratings_at_defaults_are_no_worse_than_two_biases(tmp_path: Path, architecture: str) -> None:
    """On sparse ratings, of which vectors learn noise unless they begin with what biases leave."""
    data = made_up_ratings(tmp_path / "data")
    spec = {**make_spec("recommendation", {"name": architecture}), "training": {}, "split": SPLIT.model_dump()}
    verdict = train_here(spec, data, tmp_path / "out")[-1]["verdict"]
    (biases,) = (baseline for baseline in verdict["baselines"] if baseline["name"] == "user_item_biases")
    assert verdict["value"] < biases["value"]
