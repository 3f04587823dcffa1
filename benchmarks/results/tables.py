"""Tables that scikit-learn carries: a perceptron, beside linear models, trees and scikit-learn's own perceptron."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import DEFAULTS, SPLIT, Array, Compared, accuracies, trained
from tests.support.tables import compiled_table
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import Split, split_examples
from trainyard_spec.tasks import Task

ARCHITECTURE = {"name": "mlp", "hidden": [32]}
CLASSIFIERS: dict[str, Callable[[], Any]] = {
    "logistic regression": partial(LogisticRegression, max_iter=2_000),
    "random forest": partial(RandomForestClassifier, random_state=0),
    "gradient-boosted trees": partial(HistGradientBoostingClassifier, random_state=0),
    "`MLPClassifier`": partial(MLPClassifier, hidden_layer_sizes=(32,), max_iter=400, random_state=0),
}
REGRESSORS: dict[str, Callable[[], Any]] = {
    "mean": DummyRegressor,
    "ridge": Ridge,
    "random forest": partial(RandomForestRegressor, random_state=0),
    "gradient-boosted trees": partial(HistGradientBoostingRegressor, random_state=0),
    "`MLPRegressor`": partial(MLPRegressor, hidden_layer_sizes=(32,), max_iter=2_000, random_state=0),
}


def run(directory: Path) -> list[ResultRow]:
    return [
        *classification(directory / "cancer", "breast cancer", load_breast_cancer()),
        *classification(directory / "wine", "wine", load_wine()),
        *regression(directory / "diabetes"),
    ]


def classification(directory: Path, name: str, table: Any) -> list[ResultRow]:
    data = compiled_table(directory, table, Task.TABULAR_CLASSIFICATION)
    ours = trained(
        "tabular_classification",
        ARCHITECTURE,
        data,
        directory / "out",
        epochs=30,
        optimizer={"name": "adamw", "lr": 0.01},
    )
    untouched = trained("tabular_classification", {"name": "mlp"}, data, directory / "defaults", **DEFAULTS)
    inputs, target, split = _rows(data)
    models = {name: make_pipeline(StandardScaler(), make()) for name, make in CLASSIFIERS.items()}
    baseline, *references = accuracies(models, inputs, target, split)
    compared = Compared(
        task="tabular classification",
        data=name,
        metric="accuracy",
        baseline=baseline,
        references=tuple(references),
    )
    return [compared.row("mlp", ours), compared.row("mlp, defaults", untouched)]


def regression(directory: Path) -> list[ResultRow]:
    table = load_diabetes(scaled=False)
    data = compiled_table(directory, table, Task.TABULAR_REGRESSION)
    ours = trained(
        "tabular_regression",
        ARCHITECTURE,
        data,
        directory / "out",
        epochs=30,
        optimizer={"name": "adamw", "lr": 0.01},
        regularization={"dropout": 0.2},
    )
    untouched = trained("tabular_regression", {"name": "mlp"}, data, directory / "defaults", **DEFAULTS)
    inputs, target, split = _rows(data)
    baseline, *references = (
        Figure(name, _rmse(make_pipeline(StandardScaler(), make()), inputs, target, split))
        for name, make in REGRESSORS.items()
    )
    compared = Compared(
        task="tabular regression",
        data="diabetes",
        metric="RMSE",
        baseline=baseline,
        references=tuple(references),
    )
    return [compared.row("mlp", ours), compared.row("mlp, defaults", untouched)]


def _rows(data: Path) -> tuple[Array, Array, Split]:
    dataset = open_dataset(data)
    return np.asarray(dataset.features["numeric"]), dataset.target, split_examples(dataset, SPLIT)


def _rmse(model: Any, inputs: Array, target: Array, split: Split) -> float:
    predicted = model.fit(inputs[split.train], target[split.train]).predict(inputs[split.test])
    return float(root_mean_squared_error(target[split.test], predicted))
