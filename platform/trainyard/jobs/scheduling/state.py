"""Input values of the scheduling policy: one pool, its queue and its limits.

Times are Unix seconds, sizes are slots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

Labels = frozenset[tuple[str, str]]
NO_LABELS: Labels = frozenset()


class ResourceRequest(NamedTuple):
    """Resources that a job asks for: ``slots`` on each of ``workers`` different workers that have all ``labels``.

    A job of several workers is a gang: it starts on all of them at once or not at all.
    """

    slots: int = 1
    workers: int = 1
    labels: Labels = NO_LABELS

    @property
    def total(self) -> int:
        return self.slots * self.workers

    def suits(self, worker: "PoolWorker") -> bool:
        """Whether ``worker``, were it empty, could take its part of the job: the one rule of which worker suits one."""
        return worker.slots >= self.slots and self.labels <= worker.labels


class WaitingJob(NamedTuple):
    """A queued job.

    ``ranked_at`` is its ``aged_priority``; ``longest_seconds`` is its maximum remaining training time.
    """

    id: str
    organization_id: str
    request: ResourceRequest
    ranked_at: float
    queued_at: float
    priority: int = 0
    preemptible: bool = False
    longest_seconds: float = inf


class RunningJob(NamedTuple):
    """A job that holds slots from ``since`` until at most ``ends_by``, and probably until ``ends_about``.

    A ``stopping`` job was asked to stop and releases its slots within seconds.
    """

    id: str
    organization_id: str
    request: ResourceRequest
    worker_ids: tuple[str, ...]
    queued_at: float
    since: float
    ends_by: float = inf
    ends_about: float | None = None
    priority: int = 0
    preemptible: bool = False
    stopping: bool = False


class PoolWorker(NamedTuple):
    """A worker that is up and takes jobs; ``releasing_slots`` of its slots hold no job and are about to become free."""

    id: str
    slots: int
    labels: Labels = NO_LABELS
    releasing_slots: int = 0


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization in the pool.

    ``used_slot_seconds`` is its decayed use up to now, running jobs included, and ``last_held_at`` when it last held a
    slot, if it holds none now; ``waiting_slots`` is what all of its queued jobs would occupy together.
    """

    id: str
    weight: float = 1.0
    guaranteed_slots: int = 0
    max_running_jobs: int | None = None
    used_slot_seconds: float = 0.0
    last_held_at: float = -inf
    waiting_slots: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy's settings, in seconds.

    ``ageing_seconds`` of waiting count as much as one point of priority. An organization that has waited for
    ``starvation_seconds`` without a slot goes before all others. No job is preempted before it has run for
    ``minimum_runtime_seconds``.
    """

    half_life_seconds: float = 21_600.0
    ageing_seconds: float = 600.0
    starvation_seconds: float = 3_600.0
    minimum_runtime_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class PoolState:
    """A snapshot of one pool. ``queues`` holds each organization's waiting jobs, in the order of ``ranked_at``, id.

    A queue may leave out jobs that cannot be among its first: ``Tenant.waiting_slots`` still counts them. Where
    ``workers`` is empty, ``closed`` counts those that are up and take no jobs, by why.
    """

    now: float
    tenants: Mapping[str, Tenant]
    queues: Mapping[str, Sequence[WaitingJob]]
    running: Sequence[RunningJob] = ()
    workers: Sequence[PoolWorker] = ()
    closed: Mapping[str, int] = field(default_factory=dict)

    @property
    def slots(self) -> int:
        return sum(worker.slots for worker in self.workers)


@dataclass(slots=True)
class Allocations:
    """Allocations by organization: slots and jobs; ``staying`` leaves out the slots of jobs that are stopping."""

    slots: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    staying: dict[str, int] = field(default_factory=dict)

    def of(self, organization_id: str) -> int:
        return self.slots.get(organization_id, 0)

    def add(self, organization_id: str, slots: int, *, stopping: bool = False) -> None:
        self.slots[organization_id] = self.slots.get(organization_id, 0) + slots
        self.jobs[organization_id] = self.jobs.get(organization_id, 0) + 1
        if not stopping:
            self.staying[organization_id] = self.staying.get(organization_id, 0) + slots


def allocations(running: Sequence[RunningJob]) -> Allocations:
    """The allocations of all ``running`` jobs together."""
    allocated = Allocations()
    for job in running:
        allocated.add(job.organization_id, job.request.total, stopping=job.stopping)
    return allocated
