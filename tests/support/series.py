"""Series for tests: small ones made up, and real ones, compiled as an upload is."""

from pathlib import Path
from typing import Any

import numpy as np
import vega_datasets
from sklearn.datasets import load_digits

from tests.support import uploads
from tests.support.compiling import accepted
from trainyard_spec.tasks import Task

FORECAST = Task.TIME_SERIES_FORECASTING
SEQUENCES = Task.SEQUENCE_CLASSIFICATION
COLUMNS = {"target": "load", "time": "day", "series": "meter"}
LABELLED = {"target": "kind", "time": "at", "series": "run"}


def load_rows(*, lengths: tuple[int, ...] = (60, 48)) -> list[uploads.Row]:
    """Waves of a week with noise, of several meters, and a temperature with holes that goes along with them."""
    random = np.random.default_rng(4)
    rows = []
    for number, length in enumerate(lengths):
        wave = 20 * np.sin(np.arange(length) * 2 * np.pi / 7 + number) + random.normal(0, 2, length) + 100
        for day, load in enumerate(wave.tolist()):
            at = np.datetime64("2026-01-01") + day
            temperature = None if day % 9 == 4 else load / 10 + number
            rows.append({"meter": f"m{number}", "day": str(at), "load": load, "temperature": temperature})
    return rows


def run_rows(*, series: int = 36) -> list[uploads.Row]:
    """Runs of 4 to 12 steps, told apart by whether the height rises, falls or stays; ``speed`` is noise."""
    random = np.random.default_rng(6)
    rows = []
    for number in range(series):
        slope = number % 3 - 1
        for step in range(4 + number % 9):
            height = slope * step + random.normal(0, 0.3)
            kind = ("down", "flat", "up")[number % 3]
            rows.append({"run": number, "at": step, "height": height, "speed": random.normal(), "kind": kind})
    return rows


def small_loads(directory: Path) -> Path:
    """``load_rows``, compiled to be forecast."""
    directory.mkdir(parents=True, exist_ok=True)
    accepted(uploads.write_csv(directory / "loads.csv", load_rows()), FORECAST, **COLUMNS)
    return directory / "compiled"


def small_runs(directory: Path) -> Path:
    """``run_rows``, compiled to be told apart."""
    directory.mkdir(parents=True, exist_ok=True)
    accepted(uploads.write_csv(directory / "runs.csv", run_rows()), SEQUENCES, **LABELLED)
    return directory / "compiled"


def seattle_weather(directory: Path, *, target: str = "temp_max") -> Path:
    """1,461 days of weather in Seattle, 2012 to 2015 (NOAA), compiled to be forecast."""
    directory.mkdir(parents=True, exist_ok=True)
    found = Path(vega_datasets.__file__).parent / "_data" / "seattle-weather.csv"
    (directory / found.name).write_bytes(found.read_bytes())
    accepted(directory / found.name, FORECAST, target=target, time="date")
    return directory / "compiled"


def random_walk(directory: Path) -> Path:
    """A made-up share index of 1,860 days, compiled to be forecast: it changes by chance, and mostly rises."""
    random = np.random.default_rng(1)
    days = 1_600 * np.exp(np.cumsum(random.normal(0.0007, 0.0103, 1_860)))
    rows = [{"day": str(np.datetime64("2010-01-01") + n), "index": round(at, 2)} for n, at in enumerate(days.tolist())]
    directory.mkdir(parents=True, exist_ok=True)
    accepted(uploads.write_csv(directory / "index.csv", rows), FORECAST, target="index", time="day")
    return directory / "compiled"


def windows_of(values: np.ndarray, *, begin: int, context: int, horizon: int) -> tuple[Any, Any]:
    """Every context and horizon of one series (steps,) whose horizon lies from step ``begin`` on."""
    places = np.arange(max(begin, context), len(values) - horizon + 1)[:, None]
    return values[places + np.arange(-context, 0)], values[places + np.arange(horizon)]


def digits_by_lines(directory: Path, *, count: int) -> Path:
    """scikit-learn's first handwritten digits, each a series of 8 lines with 8 channels, compiled to be told apart."""
    directory.mkdir(parents=True, exist_ok=True)
    images, labels = load_digits(return_X_y=True)
    rows = [
        {"digit": number, "at": step, "kind": int(label), **{f"x{place}": value for place, value in enumerate(line)}}
        for number, (image, label) in enumerate(zip(images[:count].reshape(-1, 8, 8), labels, strict=False))
        for step, line in enumerate(image.tolist())
    ]
    accepted(uploads.write_parquet(directory / "d.parquet", rows), SEQUENCES, target="kind", time="at", series="digit")
    return directory / "compiled"
