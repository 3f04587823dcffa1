"""Metric points: packed as reports bring them, read as one series a name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import Q

from trainyard.jobs import queries
from trainyard.jobs.models import Attempt, Job, MetricChunk
from trainyard.jobs.reporting.downsampling import STEPS, VALUES, Steps, Values, bounds, counted_once, thin_out
from trainyard.jobs.reporting.rollups import STRETCH, Piece, Summarized, summarized
from trainyard_spec.engine_protocol import Metrics

CLOCK_POINTS = 500


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over steps, thinned out from ``points`` points. ``values`` holds None where it was not a number.

    ``lowest`` and ``highest`` are of all points from each step up to the next one; None where no point is left out.
    """

    name: str
    steps: list[int]
    values: list[float | None]
    points: int
    lowest: list[float | None] | None = None
    highest: list[float | None] | None = None


@dataclass(frozen=True, slots=True)
class StepRange:
    """Steps from ``first`` to ``last``, both included."""

    first: int
    last: int

    def around(self, steps: Steps) -> slice:
        """Which of the growing ``steps`` lie in it, and one before and after, so that a line enters and leaves it."""
        begin = int(np.searchsorted(steps, self.first))
        end = int(np.searchsorted(steps, self.last, side="right"))
        return slice(max(begin - 1, 0), end + 1)


@dataclass(frozen=True, slots=True)
class Clock:
    """``seconds`` since the job was started first at which each of ``steps`` was reported."""

    steps: list[int]
    seconds: list[float]


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

    def thinned_out(self, max_points: int, within: StepRange | None) -> Series:
        every = np.frombuffer(b"".join(self.steps), STEPS)
        steps, values = counted_once(every, np.frombuffer(b"".join(self.values), VALUES))
        points = self.points - (len(every) - len(steps))
        whole = points == len(steps)
        if within is not None:
            shown = within.around(steps)
            steps, values = steps[shown], values[shown]
        chosen = thin_out(values, max_points)
        lowest, highest = bounds(values, chosen)
        bounded = len(chosen) > 0 and not (whole and len(chosen) == len(values))
        return Series(
            name=self.name,
            steps=steps[chosen].tolist(),
            values=_finite(values[chosen]),
            points=points,
            lowest=_finite(lowest) if bounded else None,
            highest=_finite(highest) if bounded else None,
        )


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


def series(
    *, job_id: str, names: Collection[str] | None, max_points: int, within: StepRange | None = None
) -> list[Series]:
    """The job's series by name, or those in ``names`` that exist, each of at most ``max_points`` points.

    With ``within`` only the steps in it are drawn, and so more of them; ``points`` stays that of the whole series.

    What an attempt reported beyond the step from which a later one went on is dropped: the result equals that of an
    undisturbed run. Series so long that their summaries still hold many times ``max_points`` are drawn from those.
    Raises ``NotFound``.
    """
    job = queries.job(job_id)
    cuts = _cuts(job)
    summaries = summarized(job, cuts=cuts)
    drawn = []
    if _longest(summaries) * _share(job, within) >= STRETCH * max_points:
        drawn = _collected(_pieces(job, cuts, summaries), names)
    if not drawn or not all(one.is_in_order for one in drawn):
        # Where steps were reported again, the lowest and highest may be of points that count no more.
        drawn = _collected(_pieces(job, cuts, {}), names)
    return [one.thinned_out(max_points, within) for one in drawn]


def clock(*, job_id: str, most: int = CLOCK_POINTS) -> Clock:
    """When steps were reported, at most about ``most`` of them: what a chart over time is drawn by.

    Empty before the first report, and of what earlier releases stored. Raises ``NotFound``.
    """
    job = queries.job(job_id)
    cuts = _cuts(job)
    reports = MetricChunk.objects.filter(job=job, reported_at__isnull=False).order_by("fence", "sequence", "part")
    reached: list[tuple[int, datetime]] = []
    for fence, first_step, last_step, reported_at in reports.values_list(
        "fence", "first_step", "last_step", "reported_at"
    ):
        step = min(last_step, cuts.get(fence, last_step))
        if reported_at is not None and first_step <= step and (not reached or step > reached[-1][0]):
            reached.append((step, reported_at))
    shown = reached[:: max(1, len(reached) // most)]
    if reached and shown[-1] != reached[-1]:
        shown.append(reached[-1])
    origin = job.started_at or job.created_at
    return Clock([step for step, _ in shown], [round((at - origin).total_seconds(), 3) for _, at in shown])


def _share(job: Job, within: StepRange | None) -> float:
    """About which part of the job's steps lies ``within``."""
    if within is None:
        return 1.0
    return max(0, min(within.last, job.step) - within.first + 1) / max(job.step, 1)


def _finite(values: Values) -> list[float | None]:
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
    values = {name: _finite(row) for name, row in points.values.items()}
    return {"steps": points.steps.tolist(), "values": values}
