"""Metric points: packed as reports bring them, read as one series a name."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainyard.jobs import queries
from trainyard.jobs.models import Attempt, Job, MetricChunk
from trainyard_spec.engine_protocol import Metrics

Steps = NDArray[np.int64]
Values = NDArray[np.float64]

_STEPS = np.dtype("<i8")
_VALUES = np.dtype("<f8")


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over steps, thinned out from ``points`` points. ``values`` holds None where it was not a number."""

    name: str
    steps: list[int]
    values: list[float | None]
    points: int


@dataclass(frozen=True, slots=True)
class Points:
    """Points of several series over the same ``steps`` (points,); ``values`` is float64 (points,) a name."""

    fence: int
    steps: Steps
    values: dict[str, Values]


def chunks_of(job: Job, messages: Iterable[Metrics], *, sequence: int) -> list[MetricChunk]:
    """The rows that store the points of one report's ``messages``, one for each set of series."""
    alike: dict[tuple[str, ...], list[Metrics]] = {}
    for message in messages:
        if message.steps and message.values:
            alike.setdefault(tuple(message.values), []).append(message)
    return [
        _chunk(job, names, group, sequence=sequence, part=part) for part, (names, group) in enumerate(alike.items())
    ]


def points_of(chunk: MetricChunk) -> Points:
    """What ``chunk`` holds."""
    data = bytes(chunk.data)
    split = chunk.points * _STEPS.itemsize
    values = np.frombuffer(data[split:], _VALUES).reshape(len(chunk.names), chunk.points)
    return Points(
        fence=chunk.fence,
        steps=np.frombuffer(data[:split], _STEPS).astype(np.int64),
        values=dict(zip(chunk.names, values.astype(np.float64), strict=True)),
    )


def latest(message: Metrics) -> dict[str, float | None]:
    """The last value of each series in ``message``."""
    return {name: row[-1] for name, row in message.values.items() if row}


def series(*, job_id: str, names: Collection[str] | None, max_points: int) -> list[Series]:
    """The job's series by name, or those in ``names`` that exist, each of at most ``max_points`` points.

    What an attempt reported beyond the step from which a later one went on is dropped: the result equals that of an
    undisturbed run. Raises ``NotFound``.
    """
    job = queries.job(job_id)
    collected: dict[str, list[tuple[Steps, Values]]] = {}
    for points in _surviving(job):
        for name, values in points.values.items():
            if names is None or name in names:
                collected.setdefault(name, []).append((points.steps, values))
    return [_series(name, parts, max_points) for name, parts in sorted(collected.items())]


def _chunk(job: Job, names: tuple[str, ...], group: list[Metrics], *, sequence: int, part: int) -> MetricChunk:
    steps = np.asarray([step for message in group for step in message.steps], _STEPS)
    rows = [[v for message in group for v in message.values[name]] for name in names]
    values = np.asarray([[np.nan if v is None else v for v in row] for row in rows], _VALUES)
    return MetricChunk(
        organization_id=job.organization_id,
        job=job,
        fence=job.fence,
        sequence=sequence,
        part=part,
        first_step=int(steps.min()),
        last_step=int(steps.max()),
        points=len(steps),
        names=list(names),
        data=steps.tobytes() + values.tobytes(),
    )


def _surviving(job: Job) -> Iterator[Points]:
    """Oldest attempt first; each cut off at the earliest start of those after it."""
    trained = Attempt.objects.filter(job=job, training_started_at__isnull=False)
    starts = list(trained.order_by("fence").values_list("fence", "start_step"))
    for chunk in MetricChunk.objects.filter(job=job).order_by("fence", "sequence", "part").iterator():
        cut = min((start for fence, start in starts if fence > chunk.fence), default=None)
        points = points_of(chunk)
        if cut is None or chunk.last_step <= cut:
            yield points
        elif chunk.first_step <= cut:
            kept = points.steps <= cut
            yield Points(points.fence, points.steps[kept], {name: v[kept] for name, v in points.values.items()})


def _series(name: str, parts: list[tuple[Steps, Values]], max_points: int) -> Series:
    steps = np.concatenate([steps for steps, _ in parts])
    values = np.concatenate([values for _, values in parts])
    # A step that was reported twice counts as it was reported last.
    unique, last_seen = np.unique(steps[::-1], return_index=True)
    ordered = values[::-1][last_seen]
    chosen = thin_out(ordered, max_points)
    shown = ordered[chosen]
    return Series(
        name=name,
        steps=unique[chosen].tolist(),
        values=[float(v) if np.isfinite(v) else None for v in shown],
        points=len(unique),
    )


def thin_out(values: Values, max_points: int) -> NDArray[np.intp]:
    """Indices of at most ``max_points`` of ``values``, in order: first, last, and each stretch's lowest and highest.

    Peaks and dips survive, which plain sampling or averaging would hide. A value that is no number counts as the
    lowest of its stretch, so that it stays visible.
    """
    if len(values) <= max_points:
        return np.arange(len(values))
    stretches = (max_points - 2) // 2
    if stretches == 0:
        return np.array([0, len(values) - 1])
    comparable = np.where(np.isnan(values), -np.inf, values)
    bounds = np.linspace(1, len(values) - 1, stretches + 1).astype(np.intp)
    inner = [
        extreme
        for start, stop in pairwise(bounds)
        for extreme in (start + comparable[start:stop].argmin(), start + comparable[start:stop].argmax())
    ]
    return np.unique(np.array([0, *inner, len(values) - 1], np.intp))


def plain(points: Points) -> dict[str, Any]:
    """``points`` as JSON: steps, and values by name with None where there is no number."""
    values = {name: [float(v) if np.isfinite(v) else None for v in row] for name, row in points.values.items()}
    return {"steps": points.steps.tolist(), "values": values}
