"""A spec that does not fit its data is refused alike by the quote, by the submission and by the engine."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.support.compiled import make_spec, small_images, small_labels, small_table, small_texts, with_parts
from tests.support.interactions import small_interactions
from tests.support.jobs import Bench, make_version
from tests.support.platform import Caller
from tests.support.series import small_loads
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_spec.datasets import CompiledDataset, profile_summary

pytestmark = pytest.mark.one_database


class Case(NamedTuple):
    data: Callable[[Path], Path]
    architecture: dict[str, Any]
    code: str
    field: str
    training: dict[str, Any] = {}
    split: dict[str, Any] = {}


def without_test(directory: Path) -> Path:
    """Rows of which none was given to the test."""
    return with_parts(small_table(directory, rows=60), np.arange(60) % 2)


def without_validation(directory: Path) -> Path:
    """Of so few that train that none can be drawn from them."""
    return with_parts(small_table(directory, rows=10, is_regression=True), np.repeat([0, 2], [3, 7]))


IMAGES = partial(small_images, size=8)
NORM = {"name": "mlp", "norm": "batch"}
CASES = {
    "no row validates": Case(
        partial(small_table, rows=4), {"name": "mlp"}, "dataset_too_small", "split.val",
        split={"train": 0.9, "val": 0.02, "test": 0.08},
    ),
    "no row tests": Case(
        partial(small_table, rows=6, is_regression=True), {"name": "mlp"}, "dataset_too_small", "split.test",
        split={"train": 0.7, "val": 0.25, "test": 0.05},
    ),
    "no text validates": Case(
        partial(small_texts, rows=4), {"name": "text_pool"}, "dataset_too_small", "split.val",
        split={"train": 0.9, "val": 0.05, "test": 0.05},
    ),
    "no row is given to the test": Case(
        without_test, {"name": "mlp"}, "dataset_too_small", "split.test", split={"by": "given"}
    ),
    "none can be drawn to validate": Case(
        without_validation, {"name": "mlp"}, "dataset_too_small", "split.val", split={"by": "given"}
    ),
    "vgg": Case(IMAGES, {"name": "vgg"}, "image_too_small", "architecture"),
    "resnet": Case(IMAGES, {"name": "resnet", "stem": "large"}, "image_too_small", "architecture"),
    "densenet": Case(IMAGES, {"name": "densenet", "stem": "large"}, "image_too_small", "architecture"),
    "mobilenet": Case(IMAGES, {"name": "mobilenet", "stem": "large"}, "image_too_small", "architecture"),
    "mobilenet, small": Case(partial(IMAGES, size=6), {"name": "mobilenet"}, "image_too_small", "architecture"),
    "cnn": Case(IMAGES, {"name": "cnn", "channels": [2] * 4}, "image_too_small", "architecture.channels"),
    "vit": Case(IMAGES, {"name": "vit", "patch_size": 3}, "patch_does_not_fit", "architecture.patch_size"),
    "a batch of one table row": Case(
        partial(small_table, rows=200), NORM, "batch_too_small", "training.batch_size", training={"batch_size": 1}
    ),
    "a batch of one image": Case(
        IMAGES, {"name": "resnet", "width": 1}, "batch_too_small", "training.batch_size", training={"batch_size": 1}
    ),
    "windows": Case(
        small_loads, {"name": "mlp"}, "dataset_too_small", "training.series.context",
        training={"series": {"context": 60, "horizon": 12}},
    ),
    "a split that the data do not name": Case(
        small_table, {"name": "mlp"}, "split_unknown", "split.by", split={"by": "time"}
    ),
    "labels": Case(
        small_labels, {"name": "mlp"}, "loss_mismatch", "training.loss", training={"loss": "cross_entropy"}
    ),
    "class weights": Case(
        small_table, {"name": "mlp"}, "class_weights_mismatch", "training.class_weights",
        training={"class_weights": [1.0] * 9},
    ),
    "ratings": Case(
        partial(small_interactions, rated=False), {"name": "two_tower"}, "loss_mismatch", "training.loss",
        training={"loss": "mse"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_quote_submission_and_engine_refuse_alike(case: Case, owner: Caller, bench: Bench, tmp_path: Path) -> None:
    data = case.data(tmp_path / "data")
    compiled = open_dataset(data).compiled
    submitted, quoted, failed = refusals(case, compiled, data, owner, bench, tmp_path / "out")
    assert submitted == quoted
    error = submitted[0]
    assert (error["code"], error["field"]) == (case.code, case.field) == (failed["code"], failed["field"])
    assert (error["message"], error["hint"]) == (failed["message"], failed["hint"])
    assert error["hint"]


def refusals(
    case: Case, compiled: CompiledDataset, data: Path, owner: Caller, bench: Bench, out: Path
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    spec = make_spec(compiled.task, case.architecture, **case.training) | {"split": case.split}
    version = make_version(bench.organization, profile=profile_summary(compiled))
    body = spec | {"dataset": version.id, "resources": {"pool": bench.pool.name}}
    submitted, quoted = (owner.post(path, body).json()["errors"] for path in ("/jobs", "/jobs/quote"))
    with pytest.raises(EngineFault) as caught:
        train_here(spec, data, out)
    return submitted, quoted, caught.value.failed.model_dump(mode="json")


def test_what_just_fits_is_refused_nowhere(owner: Caller, bench: Bench, tmp_path: Path) -> None:
    """Of ten rows eight train, in batches of two, one validates and one tests."""
    data = small_table(tmp_path / "data", rows=10, is_regression=True)
    compiled = open_dataset(data).compiled
    spec = make_spec(compiled.task, NORM, epochs=1, batch_size=2)
    version = make_version(bench.organization, profile=profile_summary(compiled))
    body = spec | {"dataset": version.id, "resources": {"pool": bench.pool.name}}
    assert owner.post("/jobs/quote", body).status_code == 200
    assert owner.post("/jobs", body).status_code == 201
    assert train_here(spec, data, tmp_path / "out")[-1]["type"] == "result"
