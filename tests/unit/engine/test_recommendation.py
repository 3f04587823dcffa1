"""Recommendation: splits, what training met, an order of items, trainings that resume, answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from tests.support.compiled import make_spec, stored_texts
from tests.support.interactions import small_interactions, write_interactions
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.interactions.dataset import KnownIds, item_index_of, split_interactions
from trainyard_engine.modalities.interactions.item_index import UNMET_ID, Names
from trainyard_engine.tasks.recommendation.objective import ranking_metrics, ranks
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task
from trainyard_spec.validation import InvalidSpec, parse_training_spec

HALF = SplitConfig(train=0.5, val=0.25, test=0.25)
ARCHITECTURES: list[dict[str, Any]] = [
    {"name": "matrix_factorization", "factors": 4},
    {"name": "two_tower", "embedding": 6, "hidden": [5], "factors": 4},
]


def spec_of(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    return make_spec("recommendation", architecture, **{"regularization": {"dropout": 0.2}, **training})


@pytest.mark.parametrize("timed", [False, True])
def test_every_user_trains_and_the_parts_are_in_proportion(tmp_path: Path, timed: bool) -> None:
    dataset = open_dataset(small_interactions(tmp_path, rated=False, timed=timed))
    split = split_interactions(dataset, HALF)
    users = dataset.features["user"]
    assert set(users[split.train]) == set(range(30))
    assert sorted(np.concatenate([split.train, split.val, split.test])) == list(range(len(users)))
    assert len(split.val) == pytest.approx(len(users) / 4, abs=2)
    assert len(split.test) == pytest.approx(len(users) / 4, abs=2)


def test_with_times_the_earliest_train_and_the_latest_test(tmp_path: Path) -> None:
    dataset = open_dataset(small_interactions(tmp_path, rated=False, timed=True))
    split = split_interactions(dataset, HALF)
    users, times = dataset.features["user"], dataset.features["time"]
    for user in range(30):
        train, val, test = (times[part[users[part] == user]] for part in (split.train, split.val, split.test))
        for early, late in ((train, val), (val, test), (train, test)):
            assert not len(early) or not len(late) or early.max() <= late.min()


SHORT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@given(st.sets(SHORT, min_size=1, max_size=30), SHORT)
@settings(max_examples=20)
def test_names_are_found_where_they_are_and_nowhere_else(known: set[str], other: str) -> None:
    encoded = [name.encode() for name in sorted(known)]
    names = Names(np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([0, *map(len, encoded)], dtype=np.int64))
    assert list(names) == sorted(known)
    assert [names.find(name) for name in sorted(known)] == list(range(len(known)))
    assert (names.find(other) is None) == (other not in known)
    assert list(names.select(np.arange(0, len(known), 2))) == sorted(known)[::2]


def test_the_catalogue_holds_what_training_met_and_all_that_its_users_met(tmp_path: Path) -> None:
    directory = small_interactions(tmp_path, rated=False)
    dataset = open_dataset(directory)
    split = split_interactions(dataset, HALF)
    ids = KnownIds.of(dataset, split.train)
    item_index = item_index_of(dataset, ids, split.train)

    users, items = stored_texts(directory, "users"), stored_texts(directory, "items")
    pairs = [
        (users[user], items[item])
        for user, item in zip(dataset.features["user"], dataset.features["item"], strict=True)
    ]
    trained = {pairs[row] for row in split.train}
    known = {item for _, item in trained}
    assert set(item_index.items) == known
    for number, user in enumerate(item_index.users):
        for only, expected in ((True, trained), (False, set(pairs))):
            _, met = item_index.met_by(np.array([number]), trained=only)
            assert {item_index.items[item] for item in met} == {i for u, i in expected if u == user and i in known}
    names = [item_index.items[item - 1] if item != UNMET_ID else None for item in ids.items]
    assert names == [item if item in known else None for _, item in pairs]


def test_ndcg_hit_rate_and_recall_are_those_of_an_independent_computation() -> None:
    random = np.random.default_rng(0)
    scores = random.permuted(np.arange(40.0) * np.ones((25, 1)), axis=1)
    relevant = random.random((25, 40)) < 0.2
    relevant[:, 0] |= ~relevant.any(axis=1)
    users, items = np.nonzero(relevant)
    found = ranking_metrics(users.astype(np.int32), ranks(torch.tensor(scores)[users], torch.from_numpy(items)).numpy())
    assert found["ndcg_at_10"] == pytest.approx(ndcg_score(relevant, scores, k=10))
    best = np.argsort(-scores, axis=1)[:, :10]
    hits = np.take_along_axis(relevant, best, axis=1).sum(axis=1)
    assert found["hit_rate_at_10"] == pytest.approx((hits > 0).mean())
    assert found["recall_at_10"] == pytest.approx((hits / relevant.sum(axis=1)).mean())


def test_equal_scores_stand_in_the_items_order_and_unknown_items_behind_all() -> None:
    scores = torch.tensor([[1.0, 2.0, 1.0, 1.0]]).expand(5, 4)
    assert ranks(scores, torch.tensor([0, 1, 2, 3, -1])).tolist() == [1, 0, 2, 3, 4]


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: a["name"])
def test_a_model_of_an_order_answers_with_new_items_and_evaluates_as_it_was_tested(
    tmp_path: Path, architecture: dict[str, Any]
) -> None:
    data, out = small_interactions(tmp_path / "data", rated=False), tmp_path / "out"
    stopping = {"metric": "val_ndcg_at_10", "patience": 30}
    spec = spec_of(
        architecture, epochs=12, optimizer={"name": "adam", "lr": 0.02}, early_stopping=stopping, regularization={}
    )
    result = train_here(spec, data, out)[-1]
    assert [entry["name"] for entry in result["files"]] == [
        "model.safetensors", "config.json", "catalogue.safetensors", "manifest.json", "test_predictions.csv",
        "model_card.md",
    ]  # fmt: skip

    model, dataset = load_model(out, "cpu", threads=1), open_dataset(data)
    prepared = handler_for(Task.RECOMMENDATION).prepare(dataset, model.config.spec, preprocessing=model.preprocessing)
    source = prepared.open_source(torch.device("cpu"))
    assert evaluate(model, source, prepared.split.test, progressed=lambda: None) == result["test_metrics"]

    known, stranger, few = predict(model, [{"user": "u2"}, {"user": "x"}, {"user": "u2", "k": 2}])
    users, items = stored_texts(data, "users"), stored_texts(data, "items")
    met = {items[item] for item in dataset.features["item"][dataset.features["user"] == users.index("u2")]}
    answered = [answer["item"] for answer in known["items"]]
    assert len(answered) == 10
    assert not met & set(answered)
    assert few["items"] == known["items"][:2]
    assert (known["known_user"], stranger["known_user"]) == (True, False)
    assert known["warnings"] == []
    assert [(warning["code"], warning["column"]) for warning in stranger["warnings"]] == [("unknown_user", "user")]
    scores = [answer["score"] for answer in known["items"]]
    assert scores == sorted(scores, reverse=True)


def test_a_stranger_gets_what_most_users_like(tmp_path: Path) -> None:
    """The biases of a softmax without vectors are the logarithms of the items' shares."""
    data, out = small_interactions(tmp_path / "data", rated=False), tmp_path / "out"
    spec = spec_of(
        ARCHITECTURES[0],
        epochs=80,
        batch_size=512,
        optimizer={"name": "adam", "lr": 0.1, "weight_decay": 0},
        regularization={"l2": 100.0},
    )
    train_here(spec, data, out)
    dataset = open_dataset(data)
    split = split_interactions(dataset, SplitConfig())
    counts = np.bincount(dataset.features["item"][split.train], minlength=20)

    (answer,) = predict(load_model(out, "cpu", threads=1), [{"user": "stranger", "k": 20}])

    items = stored_texts(data, "items")
    popularity = [int(counts[items.index(found["item"])]) for found in answer["items"]]
    assert popularity == sorted(popularity, reverse=True)


def test_a_model_of_ratings_answers_with_them_and_ranks_by_them(tmp_path: Path) -> None:
    data, out = small_interactions(tmp_path / "data", rated=True), tmp_path / "out"
    spec = spec_of(ARCHITECTURES[0], epochs=25, optimizer={"name": "adam", "lr": 0.05})
    result = train_here(spec, data, out)[-1]
    assert result["test_metrics"]["rmse"] < 1.2  # deviation 1.5

    model = load_model(out, "cpu", threads=1)
    pairs = [
        {"user": "u2", "item": 4},
        {"user": "u2", "item": "5"},
        {"user": "x", "item": 4},
        {"user": "u2", "item": 99},
    ]
    liked, disliked, stranger, new = predict(model, pairs)
    assert liked["value"] > disliked["value"]
    assert liked["known_user"]
    assert liked["known_item"]
    assert (stranger["known_user"], new["known_item"]) == (False, False)
    assert [[warning["code"] for warning in answer["warnings"]] for answer in (liked, stranger, new)] == [
        [], ["unknown_user"], ["unknown_item"],
    ]  # fmt: skip
    bias = {name: model.network.get_parameter(name).double() for name in ("user_bias", "item_bias")}
    item_index, config = model.preprocessing.item_index, model.config
    assert item_index is not None
    alone = bias["item_bias"][item_index.items.index("4") + 1].item() * config.target_std + config.target_mean
    assert stranger["value"] == pytest.approx(alone)

    (best,) = predict(model, [{"user": "u2", "k": 3}])
    again = predict(model, [{"user": "u2", "item": found["item"]} for found in best["items"]])
    assert [found["score"] for found in best["items"]] == pytest.approx([answer["value"] for answer in again])


@pytest.mark.parametrize(
    ("value", "problem", "field"),
    [
        ("u2", 'not an object with a "user"', "inputs.1"),
        ({"item": 3}, 'not an object with a "user"', "inputs.1"),
        ({"user": None}, "user that is neither", "inputs.1.user"),
        ({"user": "u2", "k": 0}, "k is a whole number", "inputs.1.k"),
        ({"user": "u2", "k": True}, "k is a whole number", "inputs.1.k"),
        ({"user": "u2", "item": 4}, "learnt none", "inputs.1.item"),
        ({"user": "u2", "items": 4}, "'items', which means nothing", "inputs.1"),
    ],
)
def test_an_input_that_cannot_be_read_is_named(order_model: Path, value: object, problem: str, field: str) -> None:
    with pytest.raises(EngineFault, match=f"Input 1 .*{problem}") as caught:
        predict(load_model(order_model, "cpu", threads=1), [{"user": "u2"}, value])
    assert caught.value.failed.field == field


@pytest.fixture(scope="module")
def order_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("order")
    train_here(spec_of(ARCHITECTURES[0], epochs=1), small_interactions(directory, rated=False), directory / "out")
    return directory / "out"


@pytest.mark.parametrize(
    ("rated", "training", "code"),
    [
        (False, {"loss": "mse"}, "loss_mismatch"),
        (True, {"early_stopping": {"metric": "val_ndcg_at_10"}}, "metric_mismatch"),
        (True, {"schedule": {"name": "plateau", "metric": "val_ndcg_at_10"}}, "metric_mismatch"),
    ],
)
def test_what_the_data_do_not_allow_is_refused(
    tmp_path: Path, rated: bool, training: dict[str, Any], code: str
) -> None:
    data = small_interactions(tmp_path / "data", rated=rated)
    with pytest.raises(EngineFault) as caught:
        train_here(spec_of(ARCHITECTURES[0], **training), data, tmp_path / "out")
    assert caught.value.failed.code == code


def test_a_batch_that_would_score_too_many_items_is_refused(tmp_path: Path) -> None:
    rows = [{"user": user, "item": 5_000 * user + item} for user in range(2) for item in range(5_000)]
    with pytest.raises(EngineFault, match="would score") as caught:
        train_here(spec_of(ARCHITECTURES[0], batch_size=65_536), write_interactions(tmp_path, rows), tmp_path / "out")
    assert caught.value.failed.field == "training.batch_size"


@pytest.mark.parametrize(
    ("task", "training", "problem"),
    [
        (
            "tabular_regression",
            {"early_stopping": {"metric": "val_ndcg_at_10"}},
            "is not a metric of tabular_regression",
        ),
        ("recommendation", {"loss": "focal"}, "does not fit recommendation"),
        ("recommendation", {"balance_classes": True}, "is for classes"),
    ],
)
def test_what_the_task_does_not_allow_is_a_problem_of_the_spec(
    task: str, training: dict[str, Any], problem: str
) -> None:
    name = "matrix_factorization" if task == "recommendation" else "mlp"
    with pytest.raises(InvalidSpec, match=problem):
        parse_training_spec(make_spec(task, {"name": name}, **training))


@pytest.mark.parametrize("architecture", ["matrix_factorization", "two_tower"])
def test_ratings_begin_with_what_two_biases_explain(tmp_path: Path, architecture: str) -> None:
    """Vectors are short at first, and a training that learns nothing adds nothing."""
    random = np.random.default_rng(0)
    pairs = random.choice(20 * 15, 200, replace=False).tolist()
    rows = [
        {"user": n // 15, "item": n % 15, "rating": n // 15 % 4 + n % 15 % 3 + random.normal(0, 0.1)} for n in pairs
    ]
    data = write_interactions(tmp_path / "data", rows)
    still = {"optimizer": {"name": "sgd", "lr": 1e-12}, "epochs": 1}
    spec = make_spec("recommendation", {"name": architecture, "factors": 2}, **still)
    verdict = train_here(spec, data, tmp_path / "out")[-1]["verdict"]
    values = {baseline["name"]: baseline["value"] for baseline in verdict["baselines"]}
    assert verdict["value"] == pytest.approx(values["user_item_biases"], rel=0.02)
    assert verdict["value"] < 0.8 * values["mean"]
