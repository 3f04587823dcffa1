"""Times at which steps were reported, for charts over time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from trainyard.jobs.models import Job

CLOCK_POINTS = 500


@dataclass(frozen=True, slots=True)
class StepClock:
    """``seconds`` since the job was first started at which each of ``steps`` was reported."""

    steps: list[int]
    seconds: list[float]


class ReportTime(NamedTuple):
    """Time at which a report of attempt ``fence`` brought steps; unknown for rows of earlier releases."""

    fence: int
    first_step: int
    last_step: int
    reported_at: datetime | None


def clock_of(
    job: Job, reports: Iterable[ReportTime], *, cuts: Mapping[int, int], most: int = CLOCK_POINTS
) -> StepClock:
    """By ``reports`` in order, at most about ``most`` of their steps.

    ``cuts`` are the last steps that count, by fence. Empty before the first report, and where no time was stored.
    """
    reached: list[tuple[int, datetime]] = []
    for fence, first_step, last_step, reported_at in reports:
        step = min(last_step, cuts.get(fence, last_step))
        if reported_at is not None and first_step <= step and (not reached or step > reached[-1][0]):
            reached.append((step, reported_at))
    shown = reached[:: max(1, len(reached) // most)]
    if reached and shown[-1] != reached[-1]:
        shown.append(reached[-1])
    origin = job.started_at or job.created_at
    return StepClock([step for step, _ in shown], [round((at - origin).total_seconds(), 3) for _, at in shown])
