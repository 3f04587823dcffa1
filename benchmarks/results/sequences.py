"""Handwritten digits read line by line, beside models that see the mean line, or all lines as one row."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.results.row import ResultRow
from benchmarks.results.training import DEFAULTS, SPLIT, Compared, accuracies, trained
from tests.support.series import digits_by_lines
from trainyard_engine.core.split import split_rows

DIGITS = 700
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "tcn": {"name": "tcn", "channels": [24, 24]},
    "rnn (GRU)": {"name": "rnn", "cell": "gru", "embedding": 24, "hidden": 24},
}


def run(directory: Path) -> list[ResultRow]:
    data = digits_by_lines(directory, count=DIGITS)
    target = np.load(data / "target.npy")
    split = split_rows(target, SPLIT)
    lines = np.load(data / "values.npy").reshape(DIGITS, 8, 8)
    simple = {"logistic regression, mean line": LogisticRegression(max_iter=2_000)}
    whole = {
        "logistic regression, all lines": LogisticRegression(max_iter=2_000),
        "nearest neighbour, all lines": KNeighborsClassifier(1),
    }
    (baseline,) = accuracies(simple, lines.mean(axis=1), target, split)
    references = accuracies(whole, lines.reshape(DIGITS, 64), target, split)
    compared = Compared(
        task="sequence classification",
        data="digits, line by line",
        metric="accuracy",
        baseline=baseline,
        references=references,
    )
    rows = []
    for name, architecture in ARCHITECTURES.items():
        ours = trained(
            "sequence_classification",
            architecture,
            data,
            directory / architecture["name"],
            epochs=10,
            batch_size=32,
            optimizer={"name": "adamw", "lr": 0.01},
        )
        kind = architecture["name"]
        untouched = trained("sequence_classification", {"name": kind}, data, directory / f"{kind}-defaults", **DEFAULTS)
        rows += [compared.row(name, ours), compared.row(f"{kind}, defaults", untouched)]
    return rows
