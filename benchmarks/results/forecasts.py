"""The highest temperature of each of the next seven days, beside naive forecasts and a linear one."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import Ridge

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import Compared, trained
from tests.support.series import seattle_weather, windows_of
from trainyard_spec.splits import SplitSpec

CONTEXT, HORIZON, YEAR = 28, 7, 365
SPLIT = SplitSpec(by="time")
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "tcn": {"name": "tcn", "channels": [16, 16, 16]},
    "rnn (GRU)": {"name": "rnn", "cell": "gru", "embedding": 16, "hidden": 24, "bidirectional": False},
}


def run(directory: Path) -> list[ResultRow]:
    data = seattle_weather(directory)
    baseline, *references = others(np.load(data / "values.npy")[:, 0].astype(np.float64))
    rows = []
    for name, architecture in ARCHITECTURES.items():
        ours = trained(
            "time_series_forecasting",
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
            series={"context": CONTEXT, "horizon": HORIZON},
        )
        rows.append(
            Compared(
                task="forecasting",
                data="weather",
                metric="MAE",
                baseline=baseline,
                references=tuple(references),
            ).row(name, ours)
        )
    return rows


def others(values: np.ndarray) -> list[Figure]:
    """Mean absolute errors over every window of the test part; the ridge sees the contexts that networks see."""
    tested = round(len(values) * (SPLIT.train + SPLIT.val))
    seen, told = windows_of(values, begin=tested, context=CONTEXT, horizon=HORIZON)
    year_before, _ = windows_of(values, begin=tested, context=YEAR, horizon=HORIZON)
    learnt = windows_of(values[: round(len(values) * SPLIT.train)], begin=0, context=CONTEXT, horizon=HORIZON)
    forecasts = {
        "naive, the last value": seen[:, -1:],
        "seasonal naive, the year before": year_before[:, :HORIZON],
        "ridge on the last 28 days": Ridge().fit(*learnt).predict(seen),
    }
    return [Figure(name, float(np.abs(told - forecast).mean())) for name, forecast in forecasts.items()]
