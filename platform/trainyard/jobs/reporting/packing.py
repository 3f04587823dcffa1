"""Conversion of metric points between reports and rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from trainyard.jobs.models import Job, MetricChunk
from trainyard.jobs.reporting.downsampling import STEPS, VALUES, Steps, Values
from trainyard_spec.engine_protocol import Metrics


@dataclass(frozen=True, slots=True)
class Points:
    """Points of several series at the same ``steps`` (points,); ``values`` has float64 (points,) per name."""

    fence: int
    steps: Steps
    values: dict[str, Values]


def chunks_of(job: Job, messages: Iterable[Metrics], *, sequence: int, now: datetime) -> list[MetricChunk]:
    """The rows that store the points of one report's ``messages``, one for each set of series."""
    alike: dict[tuple[str, ...], list[Metrics]] = {}
    for message in messages:
        if message.steps and message.values:
            alike.setdefault(tuple(message.values), []).append(message)
    return [
        _chunk(job, names, group, sequence=sequence, part=part, now=now)
        for part, (names, group) in enumerate(alike.items())
    ]


def points_of(chunk: MetricChunk) -> Points:
    """What ``chunk`` holds."""
    data = bytes(chunk.data)
    split = chunk.points * STEPS.itemsize
    values = np.frombuffer(data[split:], VALUES).reshape(len(chunk.names), chunk.points)
    return Points(
        fence=chunk.fence,
        steps=np.frombuffer(data[:split], STEPS).astype(np.int64),
        values=dict(zip(chunk.names, values.astype(np.float64), strict=True)),
    )


def latest(message: Metrics) -> dict[str, float | None]:
    """The last value of each series in ``message``."""
    return {name: row[-1] for name, row in message.values.items() if row}


def plain(points: Points) -> dict[str, Any]:
    """``points`` as JSON: steps, and values by name with None where there is no number."""
    values = {name: finite(row) for name, row in points.values.items()}
    return {"steps": points.steps.tolist(), "values": values}


def finite(values: Values) -> list[float | None]:
    """As JSON: None where there is no number."""
    return [float(v) if np.isfinite(v) else None for v in values]


def _chunk(
    job: Job, names: tuple[str, ...], group: list[Metrics], *, sequence: int, part: int, now: datetime
) -> MetricChunk:
    steps = np.asarray([step for message in group for step in message.steps], STEPS)
    rows = [[v for message in group for v in message.values[name]] for name in names]
    values = np.asarray([[np.nan if v is None else v for v in row] for row in rows], VALUES)
    return MetricChunk(
        organization_id=job.organization_id,
        job=job,
        fence=job.fence,
        sequence=sequence,
        part=part,
        reported_at=now,
        first_step=int(steps.min()),
        last_step=int(steps.max()),
        points=len(steps),
        names=list(names),
        data=steps.tobytes() + values.tobytes(),
    )
