"""The series of an interrupted job equals the one of a job that never was."""

from typing import Any

from tests.support.jobs import Bench, Run
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.reporting import metrics
from trainyard_spec.engine_protocol import Metrics


def loss(step: int) -> float:
    return 1 / step


def measure(run: Run, first: int, last: int) -> None:
    steps = tuple(range(first, last + 1))
    run.report(Metrics(steps=steps, values={"train_loss": tuple(map(loss, steps))}))


def series_of(bench: Bench, run: Run, **query: Any) -> dict[str, dict[int, float | None]]:
    with tenant_scope(bench.organization.id):
        found = metrics.series(job_id=run.claim.job_id, **{"names": None, "max_points": 1_000} | query)
    return {one.name: dict(zip(one.steps, one.values, strict=True)) for one in found}


def test_points_beyond_the_checkpoint_that_was_resumed_are_replaced(bench: Bench) -> None:
    first = bench.run()
    measure(first, 1, 12)
    first.checkpoint(10)
    measure(first, 13, 17)
    first.report(Metrics(steps=(15,), values={"val_loss": (0.5,)}))
    bench.lose_lease()

    second = bench.claim()
    assert second is not None
    assert series_of(bench, second)["train_loss"].keys() == set(range(1, 18))  # nothing went on yet
    second.start()
    measure(second, 11, 40)

    assert series_of(bench, second) == {"train_loss": {step: loss(step) for step in range(1, 41)}}


def test_a_job_that_began_anew_shows_the_new_run_alone(bench: Bench) -> None:
    first = bench.run()
    measure(first, 1, 5)
    bench.lose_lease()
    second = bench.claim()
    assert second is not None
    second.start()
    measure(second, 1, 3)
    assert series_of(bench, second)["train_loss"].keys() == {1, 2, 3}


def test_a_step_measured_twice_counts_as_it_was_measured_last(bench: Bench) -> None:
    run = bench.run()
    run.report(Metrics(steps=(1, 1, 2), values={"train_loss": (9.0, 8.0, None)}))
    assert series_of(bench, run) == {"train_loss": {1: 8.0, 2: None}}


def test_names_and_points_are_chosen(bench: Bench) -> None:
    run = bench.run()
    steps = tuple(range(1, 501))
    run.report(Metrics(steps=steps, values={"a": steps, "b": steps, "c": steps}))
    found = series_of(bench, run, names=["a", "c", "unknown"], max_points=10)
    assert found.keys() == {"a", "c"}
    assert all(len(points) <= 10 for points in found.values())
