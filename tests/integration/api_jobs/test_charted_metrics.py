"""What charts are drawn from: bounds of what is left out, a part of the steps, a clock, several jobs, all as CSV."""

import csv
import io

import pytest

from tests.support.jobs import Bench, Run
from tests.support.platform import Caller
from trainyard_spec.engine_protocol import Metrics

pytestmark = pytest.mark.django_db

LAST, PEAK = 600, 123


def loss(step: int) -> float | None:
    return {PEAK: 9.0, 77: None}.get(step, 1 / step)


@pytest.fixture
def run(bench: Bench) -> Run:
    run = bench.run()
    for begin in (1, 301):
        bench.pass_time(30)
        steps = tuple(range(begin, begin + 300))
        validated = Metrics(steps=steps[-1:], values={"val_loss": (0.5,)})
        run.report(Metrics(steps=steps, values={"train_loss": tuple(map(loss, steps))}), validated)
    return run


def test_each_drawn_point_says_what_lies_between_it_and_the_next(owner: Caller, run: Run) -> None:
    (series,) = owner.get(f"/jobs/{run.claim.job_id}/metrics", names="train_loss", max_points=20).json()["data"]
    assert series["points"] == LAST
    assert max(series["highest"]) == 9.0
    ends = [*series["steps"][1:], LAST + 1]
    for begin, end, lowest, highest in zip(series["steps"], ends, series["lowest"], series["highest"], strict=True):
        there = [value for step in range(begin, end) if (value := loss(step)) is not None]
        assert (lowest, highest) == ((min(there), max(there)) if there else (None, None))


def test_a_part_of_the_steps_is_drawn_in_full_with_one_point_on_either_side(owner: Caller, run: Run) -> None:
    path = f"/jobs/{run.claim.job_id}/metrics"
    both = owner.get(f"{path}?names=train_loss&names=val_loss").json()["data"]
    assert [series["name"] for series in both] == ["train_loss", "val_loss"]
    (series,) = owner.get(path, names="train_loss", max_points=50, min_step=100, max_step=130).json()["data"]
    assert series["steps"] == list(range(99, 132))
    assert (series["points"], series["lowest"]) == (LAST, None)
    assert owner.get(path, names="train_loss", min_step=590).json()["data"][0]["steps"] == list(range(589, 601))
    assert owner.get(path, min_step=1_000).json()["data"][0]["steps"] == [LAST]
    refused = owner.get(path, min_step="-1")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "min_step")


def test_the_clock_says_when_steps_were_reported(owner: Caller, run: Run) -> None:
    clock = owner.get(f"/jobs/{run.claim.job_id}/metrics").json()["clock"]
    assert clock["steps"] == [300, 600]
    assert clock["seconds"][1] - clock["seconds"][0] == 30


def test_several_jobs_side_by_side(owner: Caller, teammate: Caller, outsider: Caller, bench: Bench, run: Run) -> None:
    queued = bench.submit().id
    ids = f"{run.claim.job_id},{queued},job_unknown"
    for reader in (owner, teammate):
        found = reader.get("/jobs/metrics", ids=ids, names="val_loss").json()["data"]
        assert [(one["job_id"], one["steps"], one["values"]) for one in found] == [
            (run.claim.job_id, [300, 600], [0.5, 0.5])
        ]
    assert outsider.get("/jobs/metrics", ids=ids).json() == {"data": []}
    for wrong in ("", ",".join(["job_a"] * 51)):
        assert owner.get("/jobs/metrics", ids=wrong).status_code == 400


def test_every_point_is_in_the_csv(owner: Caller, teammate: Caller, outsider: Caller, run: Run) -> None:
    path = f"/jobs/{run.claim.job_id}/metrics/export"
    answer = teammate.get(path)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [int(row["step"]) for row in rows] == list(range(1, LAST + 1))
    assert [row["train_loss"] for row in rows] == ["" if loss(s) is None else str(loss(s)) for s in range(1, LAST + 1)]
    assert [row["val_loss"] for row in rows if row["val_loss"]] == ["0.5", "0.5"]
    assert outsider.get(path).status_code == 404
