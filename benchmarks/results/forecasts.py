"""Temperatures of the next seven days and a walk that nobody can foretell, beside naive forecasts and a linear one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import DEFAULTS, Array, Compared, trained
from tests.support.series import random_walk, seattle_weather, windows_of
from trainyard_spec.splits import SplitConfig

TASK = "time_series_forecasting"
SPLIT = SplitConfig(by="time")
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "tcn": {"name": "tcn", "channels": [16, 16, 16]},
    "rnn (GRU)": {"name": "rnn", "cell": "gru", "embedding": 16, "hidden": 24, "bidirectional": False},
}


def run(directory: Path) -> list[ResultRow]:
    return [*weather(directory / "weather"), *walk(directory / "walk")]


def weather(directory: Path) -> list[ResultRow]:
    data = seattle_weather(directory)
    compared = _compared("weather", others(_values(data), context=28, horizon=7, season="the year before", length=365))
    rows = []
    for name, architecture in ARCHITECTURES.items():
        ours = trained(
            TASK,
            architecture,
            data,
            directory / architecture["name"],
            split=SPLIT,
            epochs=4,
            batch_size=32,
            loss="huber",
            optimizer={"name": "adamw", "lr": 0.005},
            regularization={"dropout": 0.1},
            ema={"decay": 0.98},
            series={"context": 28, "horizon": 7},
        )
        rows.append(compared.row(name, ours))
    return rows


def walk(directory: Path) -> list[ResultRow]:
    """What no past foretells, and grows out of what training has seen."""
    data = random_walk(directory)
    compared = _compared(
        "random walk", others(_values(data), context=30, horizon=5, season="a month before", length=30)
    )
    return [
        compared.row(
            f"{name}, defaults",
            trained(
                TASK,
                {"name": name},
                data,
                directory / name,
                split=SPLIT,
                series={"context": 30, "horizon": 5},
                **DEFAULTS,
            ),
        )
        for name in ("mlp", "tcn")
    ]


def _compared(data: str, figures: Sequence[Figure]) -> Compared:
    baseline, *references = figures
    return Compared(task="forecasting", data=data, metric="MAE", baseline=baseline, references=tuple(references))


def _values(data: Path) -> Array:
    values: Array = np.load(data / "values.npy")[:, 0].astype(np.float64)
    return values


def others(values: Array, *, context: int, horizon: int, season: str, length: int) -> list[Figure]:
    """Mean absolute errors over every window of the test part; the ridge sees the contexts that networks see."""
    tested = round(len(values) * (SPLIT.train + SPLIT.val))
    seen, told = windows_of(values, begin=tested, context=context, horizon=horizon)
    season_before, _ = windows_of(values, begin=tested, context=length, horizon=horizon)
    learnt = windows_of(values[: round(len(values) * SPLIT.train)], begin=0, context=context, horizon=horizon)
    forecasts = {
        "naive, the last value": seen[:, -1:],
        f"seasonal naive, {season}": season_before[:, :horizon],
        f"ridge on the last {context} days": Ridge().fit(*learnt).predict(seen),
    }
    return [Figure(name, float(np.abs(told - forecast).mean())) for name, forecast in forecasts.items()]
