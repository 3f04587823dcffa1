"""What does not fit the data, or that no worker could train, is refused before a job is queued."""

from typing import Any

import pytest

from tests.support.jobs import Bench, make_version, make_worker, spec_of
from tests.support.platform import Caller
from tests.support.profiles import IMAGES, TEXTS, interactions, series
from trainyard.pools.models import Worker
from trainyard_spec.pretrained_models import IMAGE_FAMILY, TEXT_FAMILY

pytestmark = pytest.mark.one_database

FORECAST = {"task": "time_series_forecasting"}
ITEMS = {"task": "recommendation", "architecture": {"name": "two_tower"}}
SMOOTH = {"label_smoothing": 0.1}


def refusals(caller: Caller, bench: Bench, profile: dict[str, Any], **changes: Any) -> list[dict[str, str]]:
    """The errors, which are the same for a quote and a submission."""
    spec = spec_of(make_version(bench.organization, profile=profile), **changes)
    submitted, quoted = caller.post("/jobs", spec).json(), caller.post("/jobs/quote", spec).json()
    assert submitted.get("errors") == quoted.get("errors")
    errors: list[dict[str, str]] = submitted.get("errors", [])
    return errors


@pytest.mark.parametrize(
    ("lengths", "training", "split", "part"),
    [
        ([100], {"context": 96, "horizon": 24}, {}, "train"),
        ([500], {"context": 96, "horizon": 51}, {}, "val"),
        ([500], {"context": 96, "horizon": 51}, {"train": 0.7, "val": 0.2, "test": 0.1}, "test"),
        ([500, 20], {"context": 96, "horizon": 53}, {}, "val"),
    ],
)
def test_a_forecast_that_no_series_is_long_enough_for(
    owner: Caller, bench: Bench, lengths: list[int], training: dict[str, int], split: dict[str, float], part: str
) -> None:
    changes = {**FORECAST, "training": {"series": training}, "split": split}
    [error] = refusals(owner, bench, series(*lengths), **changes)
    assert (error["field"], error["code"]) == ("training.series.context", "dataset_too_small")
    assert f"the {part} part of the split would have no window" in error["message"]
    assert "Lower training.series.context or horizon" in error["hint"]


@pytest.mark.parametrize("lengths", [[500], [500, 20]])
def test_a_forecast_that_just_fits(owner: Caller, bench: Bench, lengths: list[int]) -> None:
    training = {"series": {"context": 350, "horizon": 50}}
    assert refusals(owner, bench, series(*lengths), **FORECAST, training=training, split={"by": "time"}) == []


@pytest.mark.parametrize(
    ("target", "training", "field", "code"),
    [
        (None, {"loss": "mse"}, "training.loss", "loss_mismatch"),
        (
            "stars",
            {"early_stopping": {"metric": "val_ndcg_at_10"}},
            "training.early_stopping.metric",
            "metric_mismatch",
        ),
        ("stars", {"regularization": SMOOTH}, "training.regularization.label_smoothing", "invalid"),
    ],
)
def test_a_recommendation_from_other_data(
    owner: Caller, bench: Bench, target: str | None, training: dict[str, Any], field: str, code: str
) -> None:
    [error] = refusals(owner, bench, interactions(target=target), **ITEMS, training=training)
    assert (error["field"], error["code"]) == (field, code)


def test_weights_for_another_number_of_classes(owner: Caller, bench: Bench) -> None:
    answer = owner.post("/jobs", spec_of(bench.version, training={"class_weights": [1, 2]}))
    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("training.class_weights", "class_weights_mismatch")
    assert error["hint"] == "Give one weight for each of: Adelie, Chinstrap, Gentoo; or set balance_classes instead."


def pretrained(name: str) -> dict[str, Any]:
    return {"task": "text_classification", "architecture": {"name": "pretrained", "model": name}}


def test_a_pretrained_model_that_no_worker_of_the_pool_has(owner: Caller, bench: Bench) -> None:
    [error] = refusals(owner, bench, TEXTS, **pretrained("minilm"))
    assert (error["field"], error["code"]) == ("architecture.model", "unknown_model")
    assert error["hint"] == f"The operators have registered none there. {TEXT_FAMILY.only}"

    make_worker(bench.pool, name="second", pretrained=("bert", "minilm"))
    assert refusals(owner, bench, TEXTS, **pretrained("minilm")) == []
    [error] = refusals(owner, bench, TEXTS, **pretrained("minilmm"))
    assert error["message"] == f"No worker of the pool {bench.pool.name} has a pretrained encoder called minilmm."
    assert error["hint"] == f"Registered there: bert, minilm. {TEXT_FAMILY.only}"

    Worker.objects.filter(name="second").update(state=Worker.State.REMOVED)
    assert refusals(owner, bench, TEXTS, **pretrained("minilm"))


def test_a_pretrained_model_that_learns_something_else(owner: Caller, bench: Bench) -> None:
    can = {"minilm": ("text_classification",), "dino": ("image_classification", "image_regression")}
    make_worker(bench.pool, name="second", pretrained=tuple(can), pretrained_tasks=can)
    assert refusals(owner, bench, TEXTS, **pretrained("minilm")) == []
    [error] = refusals(owner, bench, TEXTS, **pretrained("dino"))
    assert (error["field"], error["code"]) == ("architecture.model", "unknown_model")
    assert error["hint"] == f"Registered there: minilm. {TEXT_FAMILY.only}"
    of_texts = {"task": "image_classification", "architecture": {"name": "pretrained", "model": "minilm"}}
    [error] = refusals(owner, bench, IMAGES, **of_texts)
    assert error["message"] == f"No worker of the pool {bench.pool.name} has a pretrained image encoder called minilm."
    assert error["hint"] == f"Registered there: dino. {IMAGE_FAMILY.only}"


def test_only_a_worker_that_has_the_model_gets_the_job(bench: Bench) -> None:
    holder = make_worker(bench.pool, name="second", pretrained=("minilm",)).worker
    version = make_version(bench.organization, profile=TEXTS)
    job = bench.submit(dataset=version.id, **pretrained("minilm"), resources={"labels": {}})
    assert bench.claim() is None
    run = bench.claim(holder)
    assert run is not None
    assert run.job.id == job.id
