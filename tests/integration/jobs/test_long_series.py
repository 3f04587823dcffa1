"""A long series is drawn from its summaries, and nothing that a picture shows is lost by it."""

from typing import Any

import pytest

from tests.support.jobs import Bench, Run
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.models import MetricChunk
from trainyard.jobs.reporting import metrics, rollups
from trainyard.jobs.reporting.metrics import Series
from trainyard_spec.engine_protocol import Metrics

AT_ONCE, SHOWN = 400, 20
PEAK, DIP = 1_234, 2_345


@pytest.fixture(autouse=True)
def summarized_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollups, "REPORTS", 4)


def loss(step: int) -> float | None:
    return {PEAK: 9.0, DIP: -9.0, 77: None}.get(step, 1 / step)


def measure(run: Run, first: int, last: int) -> None:
    for begin in range(first, last + 1, AT_ONCE):
        steps = tuple(range(begin, min(begin + AT_ONCE, last + 1)))
        validated = Metrics(steps=steps[-1:], values={"val_loss": (loss(steps[-1]),)})
        run.report(Metrics(steps=steps, values={"train_loss": tuple(map(loss, steps))}), validated)


def series_of(bench: Bench, run: Run, **query: Any) -> dict[str, Series]:
    with tenant_scope(bench.organization.id):
        found = metrics.series(job_id=run.claim.job_id, **{"names": None, "max_points": SHOWN} | query)
    return {one.name: one for one in found}


def points_of(series: Series) -> dict[int, float | None]:
    return dict(zip(series.steps, series.values, strict=True))


def check_drawn(series: Series, *, last: int) -> None:
    """It shows both ends, the peak, and the lowest, which what is no number counts as."""
    drawn = points_of(series)
    assert series.points == last
    assert len(drawn) <= SHOWN
    assert {1, 77, PEAK, last} <= drawn.keys()
    assert drawn == {step: loss(step) for step in drawn}


def test_ends_peaks_and_what_is_no_number_survive(bench: Bench) -> None:
    run = bench.run()
    measure(run, 1, 4_900)
    found = series_of(bench, run)
    check_drawn(found["train_loss"], last=4_900)
    assert DIP in found["train_loss"].steps
    assert points_of(found["val_loss"]) == {step: loss(step) for step in [*range(400, 4_900, AT_ONCE), 4_900]}
    assert points_of(series_of(bench, run, max_points=5_000)["train_loss"]).keys() == set(range(1, 4_901))


def test_what_was_summarized_is_not_read_again(bench: Bench) -> None:
    run = bench.run()
    measure(run, 1, 4_900)
    MetricChunk.across_tenants.filter(sequence__lte=8).update(data=b"")
    check_drawn(series_of(bench, run, names={"train_loss"})["train_loss"], last=4_900)


def test_a_summary_that_reaches_beyond_the_resumed_step_counts_no_more(bench: Bench) -> None:
    first = bench.run()
    measure(first, 1, 3_200)
    first.checkpoint(1_700)
    measure(first, 3_201, 4_000)
    bench.lose_lease()
    second = bench.claim()
    assert second is not None
    second.start()
    measure(second, 1_701, 6_000)
    check_drawn(series_of(bench, second)["train_loss"], last=6_000)


def test_steps_reported_again_are_drawn_from_all_points(bench: Bench) -> None:
    run = bench.run()
    run.report(*(Metrics(steps=(step,), values={"train_loss": (99.0,)}) for step in (1, 600)))
    measure(run, 1, 4_900)
    check_drawn(series_of(bench, run)["train_loss"], last=4_900)
