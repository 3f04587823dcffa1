"""When training stops early, and what it remembers."""

import pytest
from torch import nn

from trainyard_engine.core.early_stopping import EarlyStopping
from trainyard_spec.training import EarlyStoppingConfig


def stopping(**options: object) -> EarlyStopping:
    return EarlyStopping(EarlyStoppingConfig.model_validate(options), best=None, weights={})


def epochs_until_over(watch: EarlyStopping, metric: str, values: list[float]) -> int | None:
    for epoch, value in enumerate(values, start=1):
        watch.update({metric: value}, nn.Linear(1, 1))
        if watch.is_over:
            return epoch
    return None


@pytest.mark.parametrize(
    ("metric", "values", "over"),
    [
        ("loss", [5, 4, 3, 2, 1], None),
        ("loss", [5, 4, 6, 6], 4),
        ("loss", [5, 5, 5], 3),
        ("accuracy", [0.5, 0.6, 0.6, 0.5], 4),
        ("accuracy", [0.5, 0.4, 0.6, 0.5, 0.5], 5),
    ],
)
def test_it_is_over_after_patience_epochs_without_improvement(
    metric: str, values: list[float], over: int | None
) -> None:
    assert epochs_until_over(stopping(metric=f"val_{metric}", patience=2), metric, values) == over


def test_changes_up_to_min_delta_are_no_improvement() -> None:
    watch = stopping(metric="val_loss", patience=2, min_delta=0.5)
    assert epochs_until_over(watch, "loss", [5.0, 4.5, 4.75]) == 3
    assert watch.best is not None
    assert watch.best.metrics == {"loss": 5.0}


def test_the_weights_of_the_best_epoch_are_kept_whatever_comes_after() -> None:
    watch, layer = stopping(metric="val_loss", patience=5), nn.Linear(1, 1)
    for loss, weight in ((3.0, 0.3), (1.0, 0.1), (2.0, 0.2)):
        nn.init.constant_(layer.weight, weight)
        watch.update({"loss": loss}, layer)
    assert watch.weights["weight"].item() == pytest.approx(0.1)
