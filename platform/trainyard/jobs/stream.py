"""What happens to a job, as it happens: the content of its event stream."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from trainyard.jobs import metrics, queries
from trainyard.jobs.models import Event, Job, MetricChunk
from trainyard.jobs.progress import Progress, progress_of
from trainyard_spec.states import TERMINAL_STATES


@dataclass(frozen=True, slots=True)
class Message:
    """``sequence`` is set for lines of the job's history alone: they can be asked for again from there."""

    type: str
    data: dict[str, Any]
    sequence: int | None = None


@dataclass(slots=True)
class Follower:
    """Reads what is new about a job each time it is polled. Events come from ``sequence`` on, metrics from now on."""

    job_id: str
    sequence: int = 0
    ended: bool = False
    _chunk_id: int | None = None
    _progress: tuple[str, Progress] | None = field(default=None)

    def poll(self) -> list[Message]:
        """New messages, oldest first; none once ``ended``. Raises ``NotFound``."""
        job = queries.job(self.job_id)
        messages = [*self._events(job), *self._metrics(job), *self._progressed(job)]
        self.ended = job.state in TERMINAL_STATES
        return messages

    def _events(self, job: Job) -> Iterator[Message]:
        if job.events_count <= self.sequence:
            return
        new = Event.objects.filter(job=job, sequence__gt=self.sequence, sequence__lte=job.events_count)
        for event in new.order_by("sequence"):
            self.sequence = event.sequence
            shown = {
                "sequence": event.sequence,
                "type": event.type,
                "from_state": event.from_state,
                "to_state": event.to_state,
                "reason": event.reason,
                "attempt": event.fence,
                "data": event.data,
                "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
            }
            yield Message("event", shown, sequence=event.sequence)

    def _metrics(self, job: Job) -> Iterator[Message]:
        chunks = MetricChunk.objects.filter(job=job).order_by("id")
        if self._chunk_id is None:
            self._chunk_id = chunks.values_list("id", flat=True).last() or 0
            return
        for chunk in chunks.filter(id__gt=self._chunk_id):
            self._chunk_id = chunk.id
            yield Message("metrics", metrics.plain(metrics.points_of(chunk)))

    def _progressed(self, job: Job) -> Iterator[Message]:
        now = (str(job.state), progress_of(job))
        if now != self._progress:
            self._progress = now
            yield Message("progress", {"state": job.state, **asdict(now[1])})
