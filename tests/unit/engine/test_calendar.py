"""Dates of tables tell of seasons too: the cycles that the training rows go through, and no others."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.trainings import train_here
from trainyard_engine.core.coverage import Coverage, NumericCoverage
from trainyard_engine.core.model import NetworkForm
from trainyard_engine.core.model_directory import load_model, read_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.tabular.calendar import CYCLES, CalendarColumns, Cycle, cycles_of
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.tasks import Task

CPU = torch.device("cpu")
FIRST = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
VISITORS = (20, 30, 25, 35, 40, 90, 80)
"""From Monday to Sunday."""
MLP = {"name": "mlp", "hidden": [16]}
TRAINING = {"epochs": 40, "batch_size": 32, "optimizer": {"name": "adam", "lr": 0.01}}


def seconds(first: datetime, *, every: timedelta, rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([(first + every * row).timestamp() for row in range(rows)])


@pytest.mark.parametrize(
    ("every", "rows", "cycles"),
    [
        pytest.param(timedelta(days=1), 800, ("year", "week"), id="days of two years"),
        pytest.param(timedelta(hours=1), 400, ("week", "day"), id="hours of two weeks"),
        pytest.param(timedelta(days=30.4375), 60, ("year",), id="months of five years"),
        pytest.param(timedelta(days=365.25), 40, (), id="years"),
        pytest.param(timedelta(days=1), 6, (), id="less than a week"),
        pytest.param(timedelta(), 50, (), id="always the same"),
    ],
)
def test_a_column_tells_of_the_cycles_that_it_goes_through(
    every: timedelta, rows: int, cycles: tuple[Cycle, ...]
) -> None:
    dates = seconds(FIRST, every=every, rows=rows)
    assert cycles_of(dates) == cycles
    assert cycles_of(np.append(dates, np.nan)) == cycles


def test_no_dates_tell_of_nothing() -> None:
    assert cycles_of(np.array([np.nan])) == ()


def test_every_harmonic_is_a_sine_and_a_cosine_and_a_missing_date_is_neither() -> None:
    columns = CalendarColumns([(), ("week", "day")], CPU)
    at = (FIRST + timedelta(days=3, hours=7)).timestamp()
    encoded = columns(torch.tensor([[0.0, at], [0.0, math.nan]], dtype=torch.float64))
    turns = [
        number * at / CYCLES[cycle].seconds
        for cycle, most in (("week", 3), ("day", 2))
        for number in range(1, most + 1)
    ]
    expected = [math.sin(2 * math.pi * turn) for turn in turns] + [math.cos(2 * math.pi * turn) for turn in turns]
    assert columns.width == len(expected)
    assert encoded[0].tolist() == pytest.approx(expected, abs=1e-5)
    assert encoded[1].tolist() == [0.0] * columns.width


def rows_of_days(count: int) -> Iterator[tuple[date, int]]:
    for row in range(count):
        day = (FIRST + timedelta(days=row)).date()
        yield day, VISITORS[day.weekday()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of how many come on a day, from the date alone."""
    directory = tmp_path_factory.mktemp("visitors")
    lines = "".join(f"{day},{visitors}\n" for day, visitors in rows_of_days(300))
    (directory / "visitors.csv").write_text(f"day,visitors\n{lines}")
    accepted(directory / "visitors.csv", Task.TABULAR_REGRESSION, target="visitors")
    train_here(make_spec("tabular_regression", MLP, **TRAINING), directory / "compiled", directory / "out")
    return directory / "out"


def test_a_season_of_weekdays_is_learnt(trained: Path) -> None:
    """The date as one number explains nothing of it."""
    assert json.loads((trained / "result.json").read_text())["test_metrics"]["r2"] > 0.9
    monday, saturday = predict(load_model(trained, "cpu", threads=1), [{"day": "2024-07-15"}, {"day": "2024-07-20"}])
    assert monday["value"] == pytest.approx(20, abs=12)
    assert saturday["value"] == pytest.approx(90, abs=12)


def test_the_models_files_say_which_cycles_its_dates_tell_of(trained: Path) -> None:
    config = json.loads((trained / "config.json").read_text())
    assert [column["cycles"] for column in config["coverage"]["numeric"]] == [["week"]]
    assert config["form"]["has_calendar"] is True


def test_a_model_of_an_earlier_release_reads_its_dates_as_it_did(trained: Path) -> None:
    model = read_model(trained)
    handler = handler_for(model.config.spec.task)
    config = model.config.model_copy(update={"form": NetworkForm()})
    assert handler.encoder(config, model.preprocessing, CPU).shape == (1,)
    assert handler.encoder(model.config, model.preprocessing, CPU).shape == (1 + 2 * CYCLES["week"].harmonics,)


def test_whoever_starts_from_a_model_keeps_its_features() -> None:
    def of(*cycles: Cycle) -> Coverage:
        return Coverage(numeric=(NumericCoverage(minimum=0, maximum=1, missing=0, cycles=cycles),))

    assert of("week").joined(of("year", "day")) == of("week")
