"""Content of a job's event stream."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db.models import Max

from trainyard.core.tenancy import platform_scope
from trainyard.jobs import queries
from trainyard.jobs.models import Event, Job, MetricChunk
from trainyard.jobs.reporting import packing
from trainyard.jobs.reporting.progress import JobProgress, progress_of
from trainyard_spec.states import TERMINAL_STATES

Mark = tuple[Any, ...]
"""Changes whenever there is news of a job."""
MARKED_BY = ("state", "events_count", "epoch", "step", "total_steps", "samples_per_second")


@dataclass(frozen=True, slots=True)
class Message:
    """Message of the stream. ``sequence`` is set only for job events, from which a client can resume."""

    type: str
    data: dict[str, Any]
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Position of a viewer: events after ``sequence`` are new, and metrics since the first read."""

    sequence: int = 0
    chunk_id: int | None = None
    progress: tuple[str, JobProgress] | None = None


@dataclass(frozen=True, slots=True)
class StreamUpdate:
    """``messages``, oldest first, up to ``position``; no more follow once the job has ``ended``."""

    messages: tuple[Message, ...]
    position: Position
    ended: bool


def news(job_id: str, position: Position) -> StreamUpdate:
    """Messages of a job after ``position``. Raises ``NotFound``."""
    job = queries.job(job_id)
    messages = [*_events(job, position)]
    sequence = max(position.sequence, job.events_count)
    chunk_id = position.chunk_id
    chunks = MetricChunk.objects.filter(job=job).order_by("id")
    if chunk_id is None:
        chunk_id = chunks.values_list("id", flat=True).last() or 0
    else:
        for chunk in chunks.filter(id__gt=chunk_id):
            chunk_id = chunk.id
            messages.append(Message("metrics", packing.plain(packing.points_of(chunk))))
    progress = (str(job.state), progress_of(job))
    if progress != position.progress:
        messages.append(Message("progress", {"state": job.state, **asdict(progress[1])}))
    reached = replace(position, sequence=sequence, chunk_id=chunk_id, progress=progress)
    return StreamUpdate(tuple(messages), reached, ended=job.state in TERMINAL_STATES)


@platform_scope()
def marks(job_ids: Collection[str]) -> dict[str, Mark]:
    """The marks of jobs of any tenant, in two queries however many they are."""
    newest = MetricChunk.across_tenants.filter(job__in=job_ids).order_by().values_list("job_id")
    chunk_of = dict(newest.annotate(newest=Max("id")))
    rows = Job.across_tenants.filter(id__in=job_ids).values_list("id", *MARKED_BY)
    return {job_id: (*mark, chunk_of.get(job_id)) for job_id, *mark in rows}


def _events(job: Job, position: Position) -> Iterator[Message]:
    if job.events_count <= position.sequence:
        return
    new = Event.objects.filter(job=job, sequence__gt=position.sequence, sequence__lte=job.events_count)
    for event in new.order_by("sequence"):
        shown = {
            "sequence": event.sequence,
            "type": event.type,
            "from_state": event.from_state,
            "to_state": event.to_state,
            "reason": event.reason_of_today,
            "attempt": event.fence,
            "data": event.data,
            "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
        }
        yield Message("event", shown, sequence=event.sequence)
