"""Metric points, packed and thinned out."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trainyard.jobs.models import Job
from trainyard.jobs.reporting.downsampling import downsample
from trainyard.jobs.reporting.packing import chunks_of, latest, points_of
from trainyard_spec.engine_protocol import Metrics

NOW = datetime(2026, 3, 1, tzinfo=UTC)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=64) | st.none()


def pack(*messages: Metrics) -> list[tuple[list[int], dict[str, list[float | None]]]]:
    packed = [
        points_of(chunk) for chunk in chunks_of(Job(fence=1, organization_id="org_1"), messages, sequence=1, now=NOW)
    ]
    return [
        (
            points.steps.tolist(),
            {name: [None if np.isnan(v) else float(v) for v in row] for name, row in points.values.items()},
        )
        for points in packed
    ]


@given(st.lists(st.tuples(st.integers(0, 2**53), numbers, numbers), min_size=1, max_size=20))
def test_points_come_out_as_they_went_in(rows: list[tuple[int, float | None, float | None]]) -> None:
    steps, loss, rate = zip(*rows, strict=True)
    assert pack(Metrics(steps=steps, values={"loss": loss, "lr": rate})) == [
        (list(steps), {"loss": list(loss), "lr": list(rate)})
    ]


def test_messages_about_the_same_series_are_stored_together() -> None:
    def of_step(step: int) -> Metrics:
        return Metrics(steps=(step,), values={"train_loss": (1 / step,)})

    validated = Metrics(steps=(2,), values={"val_loss": (0.25,), "val_accuracy": (None,)})
    assert pack(of_step(1), of_step(2), validated, of_step(4)) == [
        ([1, 2, 4], {"train_loss": [1.0, 0.5, 0.25]}),
        ([2], {"val_loss": [0.25], "val_accuracy": [None]}),
    ]


def test_a_message_without_points_is_not_stored() -> None:
    assert pack(Metrics(steps=(), values={})) == []
    assert latest(Metrics(steps=(), values={"loss": ()})) == {}


def test_the_latest_value_of_each_series() -> None:
    assert latest(Metrics(steps=(1, 2), values={"loss": (3.0, 2.0), "accuracy": (0.5, None)})) == {
        "loss": 2.0,
        "accuracy": None,
    }


@given(st.lists(st.floats(allow_infinity=False), min_size=1, max_size=400), st.integers(2, 50))
def test_thinning_keeps_both_ends_and_both_extremes(raw: list[float], most: int) -> None:
    values = np.array(raw)
    chosen = downsample(values, most)
    assert len(chosen) <= most
    assert (np.diff(chosen) > 0).all()
    assert chosen[0] == 0
    assert chosen[-1] == len(values) - 1
    if most >= 4 and not np.isnan(values).all():
        assert np.nanmax(values[chosen]) == np.nanmax(values)
        if not np.isnan(values).any():
            assert values[chosen].min() == values.min()


def test_a_value_that_is_no_number_stays_visible() -> None:
    values = np.ones(1_000)
    values[500] = np.nan
    assert 500 in downsample(values, 20)


def test_a_short_series_is_left_as_it_is() -> None:
    assert downsample(np.arange(5.0), 5).tolist() == [0, 1, 2, 3, 4]
