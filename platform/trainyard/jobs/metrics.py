"""Metric points: packed as reports bring them, read as one series a name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import itemgetter
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


@dataclass(frozen=True, slots=True)
class _Packed:
    """Points of one series in the order of their reports, each piece as it is stored."""

    steps: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)


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
    collected: dict[str, _Packed] = defaultdict(_Packed)
    for chunk_names, points, data in _surviving(job):
        width = points * _STEPS.itemsize
        for row, name in enumerate(chunk_names, start=1):
            if names is None or name in names:
                collected[name].steps.append(data[:width])
                collected[name].values.append(data[row * width : (row + 1) * width])
    return [_series(name, packed, max_points) for name, packed in sorted(collected.items())]


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


def _surviving(job: Job) -> Iterator[tuple[list[str], int, bytes]]:
    """Names, number of points and data of each chunk, oldest attempt first; each cut off at the earliest start of
    those after it."""
    trained = Attempt.objects.filter(job=job, training_started_at__isnull=False)
    starts = list(trained.values_list("fence", "start_step"))
    chunks = MetricChunk.objects.filter(job=job).order_by("fence", "sequence", "part")
    # Plain columns: of a long job there are thousands of chunks, and making a model of each takes longer than the rest.
    columns = chunks.values_list("fence", "first_step", "last_step", "points", "names", "data")
    for fence, of_fence in groupby(columns, key=itemgetter(0)):
        cut = min((start for later, start in starts if later > fence), default=None)
        for _, first_step, last_step, points, names, data in of_fence:
            if cut is None or last_step <= cut:
                yield names, points, bytes(data)
            elif first_step <= cut:
                rows = np.frombuffer(bytes(data), np.dtype("<u8")).reshape(-1, points)
                kept = rows[:, rows[0] <= cut]
                yield names, kept.shape[1], kept.tobytes()


def _series(name: str, packed: _Packed, max_points: int) -> Series:
    steps = np.frombuffer(b"".join(packed.steps), _STEPS)
    values = np.frombuffer(b"".join(packed.values), _VALUES)
    if np.any(steps[1:] <= steps[:-1]):
        # A step that was reported twice counts as it was reported last.
        steps, last_seen = np.unique(steps[::-1], return_index=True)
        values = values[::-1][last_seen]
    chosen = thin_out(values, max_points)
    return Series(
        name=name,
        steps=steps[chosen].tolist(),
        values=[float(v) if np.isfinite(v) else None for v in values[chosen]],
        points=len(steps),
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
