"""Rollups of long series: few rows that represent the points of many reports in a chart.

The points of every ``REPORTS`` reports of an attempt are summarized in the transaction that stores the last of them:
minimum and maximum of every ``STRETCH`` points are kept. A chart of a million points is drawn from some thirty
thousand.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from trainyard.jobs.models import Job, MetricChunk, MetricSummary
from trainyard.jobs.reporting.downsampling import STEPS, VALUES, counted_once, extremes

REPORTS = 64
STRETCH = 64
KEPT_WHOLE = 4 * STRETCH
"""So few points of one series all stay: a validation's are few, and each is looked at."""


@dataclass(frozen=True, slots=True)
class SeriesChunk:
    """``steps`` and ``values`` of one series as stored, which represent ``points`` points."""

    name: str
    points: int
    steps: bytes
    values: bytes


@dataclass(frozen=True, slots=True)
class Summarized:
    """``pieces`` in order, which represent all that an attempt reported up to ``sequence``."""

    sequence: int
    pieces: Sequence[SeriesChunk]


def summarize(job: Job, *, sequence: int) -> None:
    """Summarizes what the newest attempt reported since the last time, up to ``sequence``. The job is locked."""
    own = {"job": job, "fence": job.fence}
    covered = MetricSummary.objects.filter(**own).aggregate(last=Max("sequence"))["last"] or 0
    new = MetricChunk.objects.filter(**own, sequence__gt=covered, sequence__lte=sequence).order_by("sequence", "part")
    alike: dict[tuple[str, ...], list[NDArray[np.void]]] = defaultdict(list)
    for names, points, data in new.values_list("names", "points", "data").iterator():
        alike[tuple(names)].append(np.frombuffer(bytes(data), "V8").reshape(-1, points))
    MetricSummary.objects.bulk_create(
        _summary(job, names, np.hstack(parts), sequence=sequence, part=part)
        for part, (names, parts) in enumerate(alike.items())
    )


def summarized(job: Job, *, cuts: Mapping[int, int]) -> dict[int, Summarized]:
    """The job's summaries by fence. Those that reach beyond ``cuts``, the last steps that count, stand for nothing."""
    rows = MetricSummary.objects.filter(job=job).order_by("fence", "sequence", "part")
    return {fence: _until(list(of_fence), cuts.get(fence)) for fence, of_fence in groupby(rows, attrgetter("fence"))}


def _until(rows: Sequence[MetricSummary], cut: int | None) -> Summarized:
    pieces: list[SeriesChunk] = []
    covered = 0
    for sequence, parts in groupby(rows, attrgetter("sequence")):
        together = list(parts)
        if cut is not None and any(part.last_step > cut for part in together):
            break
        pieces += (piece for part in together for piece in _pieces(part))
        covered = sequence
    return Summarized(covered, pieces)


def _summary(job: Job, names: tuple[str, ...], rows: NDArray[np.void], *, sequence: int, part: int) -> MetricSummary:
    all_steps = np.ascontiguousarray(rows[0]).view(STEPS)
    kept, data = [], b""
    for row in rows[1:]:
        steps, values = counted_once(all_steps, np.ascontiguousarray(row).view(VALUES))
        points = len(steps)
        if points > KEPT_WHOLE:
            chosen = extremes(values, stretch=STRETCH)
            steps, values = steps[chosen], values[chosen]
        kept.append(len(steps))
        data += steps.tobytes() + values.tobytes()
    return MetricSummary(
        organization_id=job.organization_id,
        job=job,
        fence=job.fence,
        sequence=sequence,
        part=part,
        last_step=int(all_steps.max()),
        points=points,
        names=list(names),
        kept=kept,
        data=data,
    )


def _pieces(summary: MetricSummary) -> Iterator[SeriesChunk]:
    data, begin = bytes(summary.data), 0
    for name, kept in zip(summary.names, summary.kept, strict=True):
        middle, end = begin + kept * STEPS.itemsize, begin + 2 * kept * STEPS.itemsize
        yield SeriesChunk(name, summary.points, data[begin:middle], data[middle:end])
        begin = end
