"""What trainings are judged by is what the task registry declares: each metric once, with its direction."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.architecture_matrix import Pair, architecture_matrix
from tests.support.tiny_language_model import registered_here
from tests.support.trainings import train_here
from trainyard_spec.metrics import VALIDATION_PREFIX, metric_of
from trainyard_spec.tasks import Task

PAIRS = [pair for pair in architecture_matrix() if "pretrained" not in pair.name]
FIRST = {task: next(pair for pair in PAIRS if pair.task == task) for task in Task}
SEVERAL = [pair for pair in PAIRS if pair.name.endswith(("labels", "targets")) and pair.name.startswith("mlp")]


@pytest.fixture(scope="module", autouse=True)
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with registered_here(tmp_path_factory.mktemp("models")):
        yield


@pytest.mark.parametrize("pair", [*FIRST.values(), *SEVERAL], ids=lambda pair: pair.name)
def test_a_result_holds_metrics_that_the_registry_declares(pair: Pair, tmp_path: Path) -> None:
    data, training = pair.write(tmp_path / "data"), pair.spec["training"] | {"epochs": 1}
    messages = train_here(pair.spec | {"training": training}, data, tmp_path / "out")
    traits, result = pair.task.traits, messages[-1]
    assert {metric_of(name).name for name in result["test_metrics"]} <= set(traits.metrics)
    validated = {name for message in messages if message["type"] == "metrics" for name in message["values"]}
    watched = set(traits.watched) - {"ndcg_at_10"}  # Ratings, which this recommender learns, are no order.
    assert {f"{VALIDATION_PREFIX}{name}" for name in watched} <= validated
    verdict = result["verdict"]
    if verdict:
        metric = metric_of(verdict["metric"])
        assert metric.name in traits.metrics
        assert verdict["higher_is_better"] is metric.higher_is_better
