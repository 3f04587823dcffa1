"""Times of series, of splits and of features, read by one rule however people write dates."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array
from trainyard_engine.ingest.cells.cell_forms import matching, read
from trainyard_engine.ingest.cells.dates import microseconds_of
from trainyard_engine.modalities.series.inputs import read_steps
from trainyard_spec.datasets import SeriesProfile
from trainyard_spec.tasks import Task

pa = pytest.importorskip("pyarrow")
DAYS = [(day, month) for month in (1, 2) for day in range(1, 21)]
SPELLINGS = {
    "datetime": "2026-{month:02}-{day:02}",
    "datetime_day_first": "{day:02}.{month:02}.2026",
    "datetime_month_first": "{month}/{day}/2026",
}


def dates(form: str) -> list[str]:
    return [SPELLINGS[form].format(day=day, month=month) for day, month in DAYS]


def shuffled(cells: list[str]) -> list[dict[str, Any]]:
    order = np.random.default_rng(1).permutation(len(cells))
    return [{"day": cells[place], "load": float(place)} for place in order]


@pytest.mark.parametrize("form", SPELLINGS)
def test_steps_are_in_the_order_of_their_dates(tmp_path: Path, form: str) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", shuffled(dates(form)))
    dataset = accepted(source, Task.TIME_SERIES_FORECASTING, target="load", time="day")
    assert array(source, "values")[:, 0].tolist() == list(range(40))
    assert isinstance(dataset.profile, SeriesProfile)
    assert dataset.profile.time_form == form


@pytest.mark.parametrize("form", SPELLINGS)
def test_steps_to_predict_are_ordered_alike(tmp_path: Path, form: str) -> None:
    source = uploads.write_csv(tmp_path / "t.csv", shuffled(dates(form)))
    profile = accepted(source, Task.TIME_SERIES_FORECASTING, target="load", time="day").profile
    assert isinstance(profile, SeriesProfile)
    sent = shuffled(dates(form))[:9]
    steps = read_steps(sent, 0, profile)
    assert steps.values[:, 0].tolist() == sorted(row["load"] for row in sent)


def test_dates_that_may_be_either_are_told_of(tmp_path: Path) -> None:
    cells = [f"{month}/{day}/2026" for month in range(1, 7) for day in range(1, 7)]
    source = uploads.write_csv(tmp_path / "t.csv", shuffled(cells))
    dataset = accepted(source, Task.TIME_SERIES_FORECASTING, target="load", time="day")
    assert ("ambiguous_numbers", "day") in {(warning.code, warning.column) for warning in dataset.warnings}
    assert array(source, "values")[:, 0].tolist() == list(range(36))


def test_a_split_by_time_knows_days_from_months(tmp_path: Path) -> None:
    rows = [{"a": n, "y": n % 3, "day": day} for n, day in enumerate(dates("datetime_day_first"))]
    source = uploads.write_csv(tmp_path / "t.csv", rows)
    accepted(source, Task.TABULAR_REGRESSION, target="y", time="day")
    assert (np.diff(array(source, "split_time")) > 0).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01 3:05 PM", "2026-03-01T15:05"),
        ("2026-03-01 12:05 am", "2026-03-01T00:05"),
        ("2026-03-01T12:00:30 p.m.", "2026-03-01T12:00:30"),
        ("2026-03-01 3 PM", "2026-03-01T15:00"),
        ("2026-03-01 3:05 PM UTC", "2026-03-01T15:05"),
    ],
)
def test_hours_of_half_a_day_are_read(text: str, expected: str) -> None:
    assert microseconds_of(text) == microseconds_of(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 Jan 2026", "2026-01-05"),
        ("05-JAN-26", "2026-01-05"),
        ("5. March 2026", "2026-03-05"),
        ("1st of May 2026", None),
        ("1st May 2026", "2026-05-01"),
        ("Sept 30, 1999", "1999-09-30"),
        ("Jan 5th, 2026 3:05 PM", "2026-01-05T15:05"),
        ("2026-Jan-05 07:08:09", "2026-01-05T07:08:09"),
        ("Mon, 05 Jan 2026 07:08:09 +0100", "2026-01-05T06:08:09"),
        ("Mon, 05 Jan 2026 07:08:09 GMT", "2026-01-05T07:08:09"),
        ("Mon Jan  5 07:08:09 2026", "2026-01-05T07:08:09"),
        ("Mon Jan 05 07:08:09 +0100 2026", "2026-01-05T06:08:09"),
        ("January 2026", "2026-01-01"),
        ("Jan-26", "2026-01-01"),
        ("Jan-1999", "1999-01-01"),
        ("Dec '68", "2068-12-01"),
        ("Dec-69", "1969-12-01"),
        ("2026-01-05 07:08:09 +0100", "2026-01-05T06:08:09"),
        ("31 Feb 2026", None),
        ("May 5", None),
        ("5 Mai 2026", None),
        ("May the 4th", None),
    ],
)
def test_months_by_name_are_read(text: str, expected: str | None) -> None:
    assert microseconds_of(text) == (expected and microseconds_of(expected))
    is_spelled = matching(pa.array([text]), "datetime").tolist()
    assert is_spelled == [expected is not None or text.startswith("31")]


@pytest.mark.parametrize("text", ["2026-03-01 13:05 PM", "2026-03-01 0:05 AM", "2026-03-01 PM"])
def test_hours_that_no_clock_shows_are_none(text: str) -> None:
    assert microseconds_of(text) is None


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("datetime_month_first", "3/1/2026 3:05 PM", "2026-03-01T15:05"),
        ("datetime_month_first", "3/1/26", "2026-03-01"),
        ("datetime_month_first", "12/31/99 11:59 PM", "1999-12-31T23:59"),
        ("datetime_month_first", "1/2/69", "1969-01-02"),
        ("datetime_month_first", "1/2/68", "2068-01-02"),
        ("datetime_day_first", "31/12/05 10:00", "2005-12-31T10:00"),
        ("datetime_day_first", "31.12.2005", "2005-12-31"),
    ],
)
def test_dates_of_every_order_are_read(form: Any, text: str, expected: str) -> None:
    (seconds,) = read(pa.array([text]), form)
    assert seconds == microseconds_of(expected) / 1e6  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "seconds"), [("3:05 PM", 54_300), ("12:00 am", 0), ("12:30 P.M.", 45_000), ("23:59:30", 86_370)]
)
def test_times_of_day_may_be_halved(text: str, seconds: float) -> None:
    assert read(pa.array([text]), "time_of_day").tolist() == [seconds]


@pytest.mark.parametrize("text", ["1.2.10", "10.12.11", "1-2-10"])
def test_versions_are_no_dates(text: str) -> None:
    for form in ("datetime_month_first", "datetime_day_first"):
        assert np.isnan(read(pa.array([text]), form)).all()  # type: ignore[arg-type]
