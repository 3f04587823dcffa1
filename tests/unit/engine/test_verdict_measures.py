"""Whether a difference is more than chance: intervals against scipy's, and how often chance is taken for more."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trainyard_engine.tasks.verdict.measures import (
    BLOCKS,
    LEAST_BLOCKS,
    Measure,
    MetricDifference,
    Tally,
    difference,
    even_blocks,
    ratio,
    root_of_ratio,
    student_quantile,
)

Floats = npt.NDArray[np.float64]
ACCURACY = Measure("accuracy", ratio)
RMSE = Measure("rmse", root_of_ratio)


def tally_of(values: Floats, *, at_once: int = 1024) -> Tally:
    tally = Tally(even_blocks(len(values)))
    for begin in range(0, len(values), at_once):
        part = values[begin : begin + at_once]
        tally.add(np.stack((part, np.ones(len(part))), axis=1))
    return tally


def compared(model: Floats, baseline: Floats, measure: Measure = ACCURACY) -> MetricDifference:
    return difference(measure, tally_of(model), tally_of(baseline))


@pytest.mark.parametrize("freedom", range(LEAST_BLOCKS - 1, BLOCKS))
def test_the_quantile_is_students(freedom: int) -> None:
    assert student_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-3)


@pytest.mark.parametrize("rows", [LEAST_BLOCKS, 30, BLOCKS])
def test_the_interval_of_means_is_that_of_the_paired_t_test(rows: int) -> None:
    random = np.random.default_rng(rows)
    model, baseline = (random.random((2, rows)) < [[0.8], [0.4]]).astype(float)
    expected = stats.ttest_rel(model, baseline).confidence_interval(0.95)
    found = compared(model, baseline)
    assert found.margin is not None
    assert found.absolute == pytest.approx((expected.low + expected.high) / 2)
    assert found.margin == pytest.approx((expected.high - expected.low) / 2, rel=1e-3)


@settings(max_examples=60)
@given(rows=st.integers(1, 400), at_once=st.integers(1, 100), seed=st.integers(0, 1_000))
def test_sums_do_not_depend_on_batches(rows: int, at_once: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 9, rows).astype(float)
    assert (tally_of(values, at_once=at_once).sums == tally_of(values).sums).all()
    assert tally_of(values).sums[:, 1].sum() == rows


def test_less_of_an_error_is_better() -> None:
    random = np.random.default_rng(1)
    errors = random.random(200)
    found = compared(errors, errors * 4, RMSE)
    assert found.absolute == pytest.approx(np.sqrt(errors.mean()))
    assert found.is_clear


def test_of_few_rows_nothing_is_clear() -> None:
    rows = LEAST_BLOCKS - 1
    assert not compared(np.ones(rows), np.zeros(rows)).is_clear


def test_neighbours_that_depend_on_each_other_are_left_out_together() -> None:
    blocks = even_blocks(100, dependent=30)
    assert np.bincount(blocks).tolist() == [34, 33, 33]


@pytest.mark.parametrize("rows", [20, 100, 1_000])
def test_chance_is_seldom_taken_for_more(rows: int) -> None:
    """Of two that guess alike, one looks clearly better in a twentieth of all cases: here 400, of fixed seeds."""
    clear = 0
    for seed in range(400):
        model, baseline = np.random.default_rng([rows, seed]).random((2, rows)) < 0.5
        clear += compared(model.astype(float), baseline.astype(float)).is_clear
    assert clear / 400 < 0.08
