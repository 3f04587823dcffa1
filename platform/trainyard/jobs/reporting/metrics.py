"""Metrics of a job as one series per name, assembled from its reports."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from trainyard.core.prepared import PreparedQuery
from trainyard.jobs import queries
from trainyard.jobs.models import Attempt, Job, MetricChunk, MetricSummary
from trainyard.jobs.reporting.clock import ReportTime, StepClock, clock_of
from trainyard.jobs.reporting.downsampling import STEPS, VALUES, Steps, bounds, counted_once, downsample
from trainyard.jobs.reporting.packing import finite
from trainyard.jobs.reporting.rollups import STRETCH, SeriesChunk, Summarized, summarized


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over steps, downsampled from ``points`` points. NaN in ``values`` is None.

    ``lowest`` and ``highest`` are minimum and maximum of all points from each step up to the next; None if no point is
    left out.
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
class Chart:
    """Series of a job, and the times at which their steps were reported."""

    series: list[Series]
    clock: StepClock


class _Chunk(NamedTuple):
    """Columns of a ``MetricChunk`` without the model instance, which is slow to construct for thousands of rows."""

    fence: int
    first_step: int
    last_step: int
    reported_at: datetime | None
    points: int
    names: list[str]
    data: bytes


class _Read(NamedTuple):
    """``chunks`` are all chunks of the job; ``None`` where rollups are read instead."""

    job: Job
    cuts: dict[int, int]
    chunks: list[_Chunk] | None
    series: list[Series]


_JOB = PreparedQuery(
    lambda *, job_id: (
        Job.objects.filter(id=job_id)
        .only("fence", "step", "started_at", "created_at")
        .annotate(is_summarized=Exists(MetricSummary.objects.filter(job=OuterRef("pk"))))
    ),
    "job_id",
)
_WHOLE = PreparedQuery(lambda *, job_id: _in_order(job_id).values_list(*_Chunk._fields), "job_id")


@dataclass(slots=True)
class _Collected:
    """Stored pieces of one series in the order of their reports, which represent ``points`` points."""

    name: str
    points: int = 0
    steps: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)

    @property
    def is_in_order(self) -> bool:
        steps = np.frombuffer(b"".join(self.steps), STEPS)
        return bool(np.all(steps[1:] > steps[:-1]))

    def add(self, piece: SeriesChunk) -> None:
        self.points += piece.points
        self.steps.append(piece.steps)
        self.values.append(piece.values)

    def downsampled(self, max_points: int, within: StepRange | None) -> Series:
        every = np.frombuffer(b"".join(self.steps), STEPS)
        steps, values = counted_once(every, np.frombuffer(b"".join(self.values), VALUES))
        points = self.points - (len(every) - len(steps))
        whole = points == len(steps)
        if within is not None:
            shown = within.around(steps)
            steps, values = steps[shown], values[shown]
        chosen = downsample(values, max_points)
        lowest, highest = bounds(values, chosen)
        bounded = len(chosen) > 0 and not (whole and len(chosen) == len(values))
        return Series(
            name=self.name,
            steps=steps[chosen].tolist(),
            values=finite(values[chosen]),
            points=points,
            lowest=finite(lowest) if bounded else None,
            highest=finite(highest) if bounded else None,
        )


def series(
    *, job_id: str, names: Collection[str] | None, max_points: int, within: StepRange | None = None
) -> list[Series]:
    """The job's series by name, or those in ``names`` that exist, each of at most ``max_points`` points.

    With ``within`` only the steps in it are drawn, and so more of them; ``points`` stays that of the whole series.

    What an attempt reported beyond the step from which a later one went on is dropped: the result equals that of an
    undisturbed run. Series so long that their summaries still hold many times ``max_points`` are drawn from those.
    Raises ``NotFound``.
    """
    return _read(job_id, names=names, max_points=max_points, within=within).series


def chart(*, job_id: str, names: Collection[str] | None, max_points: int, within: StepRange | None = None) -> Chart:
    """``series`` with the clock of their steps. Raises ``NotFound``."""
    read = _read(job_id, names=names, max_points=max_points, within=within)
    if read.chunks is not None:
        times: Iterable[ReportTime] = (
            ReportTime(one.fence, one.first_step, one.last_step, one.reported_at) for one in read.chunks
        )
    else:
        times = map(ReportTime._make, _in_order(read.job.id).values_list(*ReportTime._fields))
    return Chart(read.series, clock_of(read.job, times, cuts=read.cuts))


def _read(job_id: str, *, names: Collection[str] | None, max_points: int, within: StepRange | None) -> _Read:
    job = _job(job_id)
    cuts = _cuts(job)
    summaries = summarized(job, cuts=cuts) if job.is_summarized else {}
    drawn, chunks = [], None
    if _longest(summaries) * _share(job, within) >= STRETCH * max_points:
        drawn = _collected(_pieces(job, cuts, summaries, _beyond(job, summaries)), names)
    if not drawn or not all(one.is_in_order for one in drawn):
        # Where steps were reported again, the lowest and highest may be of points that count no more.
        chunks = list(map(_Chunk._make, _WHOLE.rows(job_id=job.id)))
        drawn = _collected(_pieces(job, cuts, {}, chunks), names)
    return _Read(job, cuts, chunks, [one.downsampled(max_points, within) for one in drawn])


def _job(job_id: str) -> Any:
    for job in _JOB.rows(job_id=job_id):
        return job
    raise queries.no_such_job()


def _share(job: Job, within: StepRange | None) -> float:
    """About which part of the job's steps lies ``within``."""
    if within is None:
        return 1.0
    return max(0, min(within.last, job.step) - within.first + 1) / max(job.step, 1)


def _cuts(job: Job) -> dict[int, int]:
    """By fence, the earliest step from which a later attempt went on; nothing where none did."""
    if job.fence <= 1:
        return {}
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


def _collected(pieces: Iterable[SeriesChunk], names: Collection[str] | None) -> list[_Collected]:
    found: dict[str, _Collected] = {}
    for piece in pieces:
        if names is None or piece.name in names:
            found.setdefault(piece.name, _Collected(piece.name)).add(piece)
    return [one for _, one in sorted(found.items())]


def _beyond(job: Job, summaries: Mapping[int, Summarized]) -> list[_Chunk]:
    """What ``summaries`` do not stand for."""
    left = Q(fence__in=[fence for fence in range(1, job.fence + 1) if fence not in summaries])
    for fence, summary in summaries.items():
        left |= Q(fence=fence, sequence__gt=summary.sequence)
    return list(map(_Chunk._make, _in_order(job.id).filter(left).values_list(*_Chunk._fields)))


def _in_order(job_id: str) -> QuerySet[MetricChunk]:
    return MetricChunk.objects.filter(job=job_id).order_by("fence", "sequence", "part")


def _pieces(
    job: Job, cuts: Mapping[int, int], summaries: Mapping[int, Summarized], chunks: Iterable[_Chunk]
) -> Iterator[SeriesChunk]:
    """All that counts, oldest attempt first: of each its summary, then its ``chunks``."""
    by_fence = {fence: list(rows) for fence, rows in groupby(chunks, key=itemgetter(0))}
    for fence in range(1, job.fence + 1):
        if fence in summaries:
            yield from summaries[fence].pieces
        for chunk in by_fence.get(fence, ()):
            cut = cuts.get(fence, chunk.last_step)
            if chunk.last_step <= cut:
                yield from _pieces_of(chunk.names, chunk.points, bytes(chunk.data))
            elif chunk.first_step <= cut:
                rows = np.frombuffer(bytes(chunk.data), np.dtype("<u8")).reshape(-1, chunk.points)
                kept = rows[:, rows[0] <= cut]
                yield from _pieces_of(chunk.names, kept.shape[1], kept.tobytes())


def _pieces_of(names: list[str], points: int, data: bytes) -> Iterator[SeriesChunk]:
    width = points * STEPS.itemsize
    for row, name in enumerate(names, start=1):
        yield SeriesChunk(name, points, data[:width], data[row * width : (row + 1) * width])
