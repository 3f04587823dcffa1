"""Trains through the engine, and fits scikit-learn's models to the same rows."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from benchmarks.results.row import Figure, ResultRow, Spread
from tests.support.compiled import make_spec
from tests.support.trainings import train_here
from trainyard_engine.core.split import Split
from trainyard_spec.splits import SplitConfig

SEEDS = (0, 1, 2)
SPLIT = SplitConfig(train=0.7, val=0.1, test=0.2)
Array = npt.NDArray[Any]
DEFAULTS = {"epochs": "auto", "batch_size": "auto", "schedule": "auto"}
"""What a spec says that says nothing."""
REPORTED = {
    "accuracy": "accuracy",
    "RMSE": "rmse",
    "MAE": "mae",
    "NDCG at 10": "ndcg_at_10",
    "perplexity": "perplexity",
    "word error rate": "wer",
}
"""What the engine calls the metrics of the table."""


@dataclass(frozen=True, slots=True)
class Trained:
    """``metrics`` of the test part for each seed; ``seconds`` a training, test included."""

    metrics: tuple[dict[str, float], ...]
    seconds: float

    def scores(self, metric: str) -> tuple[float, ...]:
        return tuple(found[metric] for found in self.metrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What models of ours are compared with, all by ``metric`` on the same rows."""

    task: str
    data: str
    metric: str
    baseline: Figure
    references: tuple[Figure, ...]

    def row(self, model: str, ours: Trained) -> ResultRow:
        return ResultRow(
            task=self.task,
            data=self.data,
            model=model,
            metric=self.metric,
            ours=Spread.of(ours.scores(REPORTED[self.metric])),
            baseline=self.baseline,
            references=self.references,
            seconds=ours.seconds,
        )


def trained(
    task: str, architecture: dict[str, Any], data: Path, out: Path, *, split: SplitConfig = SPLIT, **training: Any
) -> Trained:
    """A training a seed of compiled ``data``, each into a directory in ``out``. Raises what the engine raises."""
    started = time.monotonic()
    metrics = []
    for seed in SEEDS:
        spec = {**make_spec(task, architecture, seed=seed, **training), "split": split.model_dump()}
        metrics.append(train_here(spec, data, out / str(seed))[-1]["test_metrics"])
    return Trained(tuple(metrics), (time.monotonic() - started) / len(SEEDS))


def accuracies(models: dict[str, Any], inputs: Array, target: Array, split: Split) -> tuple[Figure, ...]:
    """Of scikit-learn's classifiers, fitted to the training rows of ``inputs`` (rows, features), on the test rows."""
    return tuple(
        Figure(name, model.fit(inputs[split.train], target[split.train]).score(inputs[split.test], target[split.test]))
        for name, model in models.items()
    )
