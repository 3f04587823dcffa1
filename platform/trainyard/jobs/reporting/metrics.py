"""Metric points: packed as reports bring them, read as one series a name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import Q

from trainyard.jobs import queries
from trainyard.jobs.models import Attempt, Job, MetricChunk
from trainyard.jobs.reporting.downsampling import STEPS, VALUES, Steps, Values, counted_once, thin_out
from trainyard.jobs.reporting.rollups import STRETCH, Piece, Summarized, summarized
from trainyard_spec.engine_protocol import Metrics


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


@dataclass(slots=True)
class _Collected:
    """Pieces of one series in the order of their reports, as they are stored; they stand for ``points`` points."""

    name: str
    points: int = 0
    steps: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)

    @property
    def is_in_order(self) -> bool:
        steps = np.frombuffer(b"".join(self.steps), STEPS)
        return bool(np.all(steps[1:] > steps[:-1]))

    def add(self, piece: Piece) -> None:
        self.points += piece.points
        self.steps.append(piece.steps)
        self.values.append(piece.values)

    def thinned_out(self, max_points: int) -> Series:
        every = np.frombuffer(b"".join(self.steps), STEPS)
        steps, values = counted_once(every, np.frombuffer(b"".join(self.values), VALUES))
        chosen = thin_out(values, max_points)
        return Series(
            name=self.name,
            steps=steps[chosen].tolist(),
            values=[float(v) if np.isfinite(v) else None for v in values[chosen]],
            points=self.points - (len(every) - len(steps)),
        )


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


def series(*, job_id: str, names: Collection[str] | None, max_points: int) -> list[Series]:
    """The job's series by name, or those in ``names`` that exist, each of at most ``max_points`` points.

    What an attempt reported beyond the step from which a later one went on is dropped: the result equals that of an
    undisturbed run. Series so long that their summaries still hold many times ``max_points`` are drawn from those.
    Raises ``NotFound``.
    """
    job = queries.job(job_id)
    cuts = _cuts(job)
    summaries = summarized(job, cuts=cuts)
    drawn = []
    if _longest(summaries) >= STRETCH * max_points:
        drawn = _collected(_pieces(job, cuts, summaries), names)
    if not drawn or not all(one.is_in_order for one in drawn):
        # Where steps were reported again, the lowest and highest may be of points that count no more.
        drawn = _collected(_pieces(job, cuts, {}), names)
    return [one.thinned_out(max_points) for one in drawn]


def _chunk(job: Job, names: tuple[str, ...], group: list[Metrics], *, sequence: int, part: int) -> MetricChunk:
    steps = np.asarray([step for message in group for step in message.steps], STEPS)
    rows = [[v for message in group for v in message.values[name]] for name in names]
    values = np.asarray([[np.nan if v is None else v for v in row] for row in rows], VALUES)
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


def _cuts(job: Job) -> dict[int, int]:
    """By fence, the earliest step from which a later attempt went on; nothing where none did."""
    trained = Attempt.objects.filter(job=job, training_started_at__isnull=False)
    starts = list(trained.values_list("fence", "start_step"))
    later = {fence: [start for other, start in starts if other > fence] for fence in range(1, job.fence)}
    return {fence: min(steps) for fence, steps in later.items() if steps}


def _longest(summaries: Mapping[int, Summarized]) -> int:
    """Points of the longest series that ``summaries`` stand for."""
    points: dict[str, int] = defaultdict(int)
    for summary in summaries.values():
        for piece in summary.pieces:
            points[piece.name] += piece.points
    return max(points.values(), default=0)


def _collected(pieces: Iterable[Piece], names: Collection[str] | None) -> list[_Collected]:
    found: dict[str, _Collected] = {}
    for piece in pieces:
        if names is None or piece.name in names:
            found.setdefault(piece.name, _Collected(piece.name)).add(piece)
    return [one for _, one in sorted(found.items())]


def _pieces(job: Job, cuts: Mapping[int, int], summaries: Mapping[int, Summarized]) -> Iterator[Piece]:
    """All that counts, oldest attempt first; ``summaries`` in place of the reports that they stand for."""
    fences = range(1, job.fence + 1)
    left = Q(fence__in=[fence for fence in fences if fence not in summaries])
    for fence, summary in summaries.items():
        left |= Q(fence=fence, sequence__gt=summary.sequence)
    chunks = MetricChunk.objects.filter(left, job=job).order_by("fence", "sequence", "part")
    # Plain columns: of a long job there are thousands of chunks, and making a model of each takes longer than the rest.
    columns = chunks.values_list("fence", "first_step", "last_step", "points", "names", "data")
    by_fence = {fence: list(rows) for fence, rows in groupby(columns, key=itemgetter(0))}
    for fence in fences:
        if fence in summaries:
            yield from summaries[fence].pieces
        for _, first_step, last_step, points, names, data in by_fence.get(fence, ()):
            cut = cuts.get(fence, last_step)
            if last_step <= cut:
                yield from _pieces_of(names, points, bytes(data))
            elif first_step <= cut:
                rows = np.frombuffer(bytes(data), np.dtype("<u8")).reshape(-1, points)
                kept = rows[:, rows[0] <= cut]
                yield from _pieces_of(names, kept.shape[1], kept.tobytes())


def _pieces_of(names: list[str], points: int, data: bytes) -> Iterator[Piece]:
    width = points * STEPS.itemsize
    for row, name in enumerate(names, start=1):
        yield Piece(name, points, data[:width], data[row * width : (row + 1) * width])


def plain(points: Points) -> dict[str, Any]:
    """``points`` as JSON: steps, and values by name with None where there is no number."""
    values = {name: [float(v) if np.isfinite(v) else None for v in row] for name, row in points.values.items()}
    return {"steps": points.steps.tolist(), "values": values}
