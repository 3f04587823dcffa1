"""Every option of a TrainingSpec reaches the training: alone, it changes what a small run gives."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled import make_spec, small_images, small_table
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.faults import EngineFault

IMAGES = make_spec("image_classification", {"name": "cnn", "channels": [4], "hidden": [6]}, epochs=3)
TABLE = make_spec("tabular_classification", {"name": "mlp", "hidden": [6]}, epochs=3)
REGRESSION = make_spec("tabular_regression", {"name": "mlp", "hidden": [6]}, epochs=3)
SGD = {"name": "sgd", "lr": 0.05}
SKEWED = {**IMAGES, "split": {"seed": 2, "train": 0.7, "val": 0.15, "test": 0.15}}


def changed(spec: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """``spec`` with one field, by its dotted path, set to ``value``."""
    head, _, rest = path.partition(".")
    return {**spec, head: changed(spec.get(head, {}), rest, value) if rest else value}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("data")
    return {
        "image_classification": small_images(root / "images"),
        "tabular_classification": small_table(root / "table"),
        "tabular_regression": small_table(root / "regression", is_regression=True),
    }


def run(spec: dict[str, Any], data: dict[str, Path], out: Path) -> dict[str, Any]:
    """The result, with every point said in ``points``: name to step to value."""
    messages = train_here(spec, data[spec["task"]], out)
    points: dict[str, dict[int, float]] = {}
    for message in messages:
        for name, values in message.get("values", {}).items():
            points.setdefault(name, {}).update(zip(message["steps"], values, strict=True))
    return {**messages[-1], "points": points, "started": messages[0]}


CHANGES = [
    (TABLE, "training.seed", 1),
    (TABLE, "training.epochs", 4),
    (TABLE, "training.batch_size", 32),
    (TABLE, "training.accumulate", 2),
    (TABLE, "training.preprocess", {"scale": "min_max"}),
    (TABLE, "training.preprocess", {"scale": "none"}),
    (TABLE, "training.preprocess", {"impute": "median"}),
    (TABLE, "training.precision", "bf16"),
    (TABLE, "training.init", "he"),
    (TABLE, "training.init", "xavier"),
    (TABLE, "training.optimizer", SGD),
    (TABLE, "training.optimizer", {"name": "adam"}),
    (TABLE, "training.optimizer", {"name": "adam", "weight_decay": 0.5}),
    (TABLE, "training.optimizer", {"name": "rmsprop"}),
    (TABLE, "training.optimizer", {"name": "adagrad"}),
    (TABLE, "training.optimizer", {"name": "adamw", "lr": 0.002}),
    (TABLE, "training.optimizer", {"name": "adamw", "betas": [0.5, 0.9]}),
    (TABLE, "training.optimizer", {"name": "adamw", "weight_decay": 0.5}),
    (TABLE, "training.schedule", {"name": "inverse_time"}),
    (TABLE, "training.schedule", {"name": "exponential"}),
    (TABLE, "training.schedule", {"name": "step", "every_epochs": 1}),
    (TABLE, "training.schedule", {"name": "exponential", "unit": "steps"}),
    (TABLE, "training.schedule", {"name": "step", "every_steps": 3}),
    (TABLE, "training.schedule", {"name": "cosine"}),
    (TABLE, "training.schedule", {"name": "constant", "warmup_steps": 5}),
    (TABLE, "training.regularization", {"l1": 0.01}),
    (TABLE, "training.regularization", {"l2": 0.01}),
    (TABLE, "training.regularization", {"dropout": 0.3}),
    (TABLE, "training.regularization", {"label_smoothing": 0.1}),
    (TABLE, "training.regularization", {"clip_norm": 0.01}),
    *((TABLE, "training.init", f"{name}_{kind}") for name in ("he", "xavier") for kind in ("normal", "uniform")),
    (TABLE, "training.init", "orthogonal"),
    (TABLE, "training.schedule", {"name": "one_cycle"}),
    (TABLE, "training.schedule", {"name": "plateau", "patience": 0, "min_delta": 10}),
    (TABLE, "training.ema", {"decay": 0.9}),
    (TABLE, "training.loss", "focal"),
    (TABLE, "training.class_weights", [1, 3]),
    (SKEWED, "training.balance_classes", True),
    (TABLE, "split", {"seed": 1}),
    (TABLE, "split", {"train": 0.5, "val": 0.25, "test": 0.25}),
    (TABLE, "architecture.hidden", [7]),
    (TABLE, "architecture.activation", "tanh"),
    (TABLE, "architecture.norm", "batch"),
    (TABLE, "architecture.norm", "layer"),
    (REGRESSION, "training.loss", "mae"),
    (REGRESSION, "training.loss", "huber"),
    (IMAGES, "training.augment", [{"name": "flip"}]),
    (IMAGES, "training.augment", [{"name": "crop", "padding": 1}]),
    *((IMAGES, "training.augment", [{"name": name}]) for name in ("rotate", "translate", "scale", "color", "erase")),
    *((IMAGES, "training.augment", [{"name": name}]) for name in ("mixup", "cutmix")),
    (IMAGES, "architecture", {"name": "mlp"}),
    (IMAGES, "architecture.channels", [5]),
    (IMAGES, "architecture.kernel_size", 5),
    (IMAGES, "architecture.padding", "valid"),
    (IMAGES, "architecture.hidden", [7]),
    (IMAGES, "architecture.pool", "average"),
    (IMAGES, "architecture.activation", "gelu"),
    (IMAGES, "architecture.norm", "batch"),
]


@pytest.mark.parametrize(("spec", "path", "value"), CHANGES, ids=lambda part: str(part) if part is not TABLE else "")
def test_the_option_changes_the_weights(
    spec: dict[str, Any], path: str, value: Any, data: dict[str, Path], tmp_path: Path
) -> None:
    before = run(spec, data, tmp_path / "before")
    after = run(changed(spec, path, value), data, tmp_path / "after")
    assert before["weights_sha256"] != after["weights_sha256"]
    assert all(math.isfinite(value) for value in after["test_metrics"].values())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "another"),
        ("priority", 5),
        ("limits", {"max_cost": "1.50"}),
        ("training.checkpoint", {"every_steps": 3}),
        ("training.precision", "fp32"),
        ("training.loss", "cross_entropy"),
    ],
)
def test_what_does_not_belong_to_the_training_does_not_change_it(
    path: str, value: Any, data: dict[str, Path], tmp_path: Path
) -> None:
    before = run(TABLE, data, tmp_path / "before")
    after = run(changed(TABLE, path, value), data, tmp_path / "after")
    assert before["weights_sha256"] == after["weights_sha256"]
    assert before["points"] == after["points"]


def test_clipping_bounds_the_step(data: dict[str, Path], tmp_path: Path) -> None:
    free = changed(TABLE, "training.optimizer", SGD | {"lr": 50})
    with pytest.raises(EngineFault, match="The loss became"):
        run(changed(free, "training.epochs", 60), data, tmp_path / "free")
    bound = changed(free, "training.regularization", {"clip_norm": 0.001})
    assert run(changed(bound, "training.epochs", 60), data, tmp_path / "bound")["step"] == 600


def test_a_loss_that_is_not_finite_is_the_users_to_mend(data: dict[str, Path], tmp_path: Path) -> None:
    wild = changed(TABLE, "training.optimizer", {"name": "sgd", "lr": 100, "momentum": 0.99})
    with pytest.raises(EngineFault, match=r"The loss became (nan|inf) at step \d+") as caught:
        run(changed(wild, "training.epochs", 200), data, tmp_path)
    failed = caught.value.failed
    assert (failed.fault, failed.code, failed.field) == ("user", "non_finite_loss", "training.optimizer.lr")
    assert "clip_norm" in failed.hint


def test_points_cover_every_step_and_every_epoch(data: dict[str, Path], tmp_path: Path) -> None:
    result = run(TABLE, data, tmp_path)
    assert result["points"].keys() == {
        *("train_loss", "train_accuracy", "lr"),
        *("val_loss", "val_accuracy", "val_f1_macro"),
    }
    steps_per_epoch = result["started"]["steps_per_epoch"]
    assert list(result["points"]["train_loss"]) == list(range(1, 3 * steps_per_epoch + 1))
    assert list(result["points"]["val_loss"]) == [steps_per_epoch, 2 * steps_per_epoch, 3 * steps_per_epoch]
    assert result["val_metrics"]["loss"] == result["points"]["val_loss"][3 * steps_per_epoch]
    assert result["val_metrics"].keys() == {"loss", "accuracy", "f1_macro"}
    assert result["test_metrics"].keys() == result["val_metrics"].keys() | {
        "precision_macro", "recall_macro", "f1_micro", "roc_auc",
    }  # fmt: skip


def test_a_regression_reports_in_its_own_words(data: dict[str, Path], tmp_path: Path) -> None:
    result = run(REGRESSION, data, tmp_path)
    assert result["points"].keys() == {
        "train_loss", "lr", *(f"val_{name}" for name in result["test_metrics"]),
    }  # fmt: skip
    assert result["test_metrics"].keys() == {"loss", "mse", "rmse", "mae", "mape", "smape", "r2"}


def test_the_schedule_is_the_rate_of_every_step(data: dict[str, Path], tmp_path: Path) -> None:
    spec = changed(changed(TABLE, "training.optimizer", SGD), "training.schedule", {"name": "inverse_time"})
    rates = run(spec, data, tmp_path)["points"]["lr"]
    assert list(rates.values()) == pytest.approx([0.05 / (1 + 0.1 * step / 10) for step in range(30)])


def test_early_stopping_ends_training_on_the_best_weights(data: dict[str, Path], tmp_path: Path) -> None:
    spec = changed(TABLE, "training.optimizer", {"name": "adamw", "lr": 0.1})
    spec = changed(changed(spec, "training.epochs", 200), "training.early_stopping", {"patience": 2})
    result = run(spec, data, tmp_path)
    losses = result["points"]["val_loss"]
    assert result["early_stopped"]
    assert result["epoch"] < 200
    assert result["val_metrics"]["loss"] == min(losses.values())
    best_step = min(losses, key=lambda step: losses[step])
    assert result["step"] == best_step + 2 * result["started"]["steps_per_epoch"]


def test_data_of_another_task_are_refused(data: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(EngineFault, match="The data are for tabular_regression, not for tabular_classification"):
        train_here(TABLE, data["tabular_regression"], tmp_path)


def test_an_output_directory_belongs_to_one_training(data: dict[str, Path], tmp_path: Path) -> None:
    run(TABLE, data, tmp_path)
    with pytest.raises(EngineFault, match="holds another training") as caught:
        run(changed(TABLE, "training.seed", 1), data, tmp_path)
    assert caught.value.failed.code == "other_training"


def test_accumulated_gradients_are_those_of_the_whole_batch(data: dict[str, Path], tmp_path: Path) -> None:
    sgd = changed(REGRESSION, "training.optimizer", SGD)
    whole = run(changed(sgd, "training.batch_size", 48), data, tmp_path / "whole")
    parts = run(changed(sgd, "training.accumulate", 3), data, tmp_path / "parts")
    assert parts["started"]["total_steps"] == whole["started"]["total_steps"] == 3 * 4
    for name in ("train_loss", "val_loss"):
        assert list(parts["points"][name].values()) == pytest.approx(list(whole["points"][name].values()), rel=1e-4)


def test_an_accumulating_training_resumes_to_the_same_bits(data: dict[str, Path], tmp_path: Path) -> None:
    spec = changed(changed(TABLE, "training.accumulate", 3), "training.regularization", {"dropout": 0.2})
    undisturbed = run(spec, data, tmp_path / "undisturbed")
    resumed = interrupted_here(spec, data[spec["task"]], tmp_path / "interrupted", after=(1, 4))[-1]
    assert resumed["weights_sha256"] == undisturbed["weights_sha256"]
