"""On the tables that scikit-learn carries, a perceptron is ahead of what a single column, or none, can tell.

Measured over three seeds on a fifth of the rows: tumours 0.97 to 0.98 right, the best split of one column 0.91; a root
mean squared error of 55 to 59 for the course of diabetes, the mean of all patients 74.
"""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.tree import DecisionTreeClassifier

from tests.support.compiled import make_spec
from tests.support.tables import compiled_table
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import split_examples
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

SPLIT = SplitConfig(train=0.7, val=0.1, test=0.2)
MLP = {"name": "mlp", "hidden": [32]}


def scores(task: Task, data: Path, **training: Any) -> dict[str, float]:
    spec = make_spec(task, MLP, optimizer={"name": "adamw", "lr": 0.01}, **training)
    found: dict[str, float] = train_here({**spec, "split": SPLIT.model_dump()}, data, data / "out")[-1]["test_metrics"]
    return found


def test_it_tells_classes_apart(tmp_path: Path) -> None:
    data = compiled_table(tmp_path, load_breast_cancer(), Task.TABULAR_CLASSIFICATION)
    dataset = open_dataset(data)
    split, inputs = split_examples(dataset, SPLIT), np.asarray(dataset.features["numeric"])
    stump = DecisionTreeClassifier(max_depth=1).fit(inputs[split.train], dataset.target[split.train])
    baseline = stump.score(inputs[split.test], dataset.target[split.test])
    assert scores(Task.TABULAR_CLASSIFICATION, data, epochs=15)["accuracy"] > baseline + 0.02


def test_it_tells_numbers(tmp_path: Path) -> None:
    data = compiled_table(tmp_path, load_diabetes(scaled=False), Task.TABULAR_REGRESSION)
    dataset = open_dataset(data)
    split = split_examples(dataset, SPLIT)
    mean = dataset.target[split.train].mean()
    baseline = np.sqrt(np.mean((dataset.target[split.test] - mean) ** 2))
    assert scores(Task.TABULAR_REGRESSION, data, epochs=20)["rmse"] < 0.85 * baseline
