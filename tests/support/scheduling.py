"""Small pools for tests of the scheduling policy."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from trainyard.jobs.scheduling.decision import Decision, decide
from trainyard.jobs.scheduling.priority import aged_priority
from trainyard.jobs.scheduling.state import (
    PoolState,
    PoolWorker,
    ResourceRequest,
    Rules,
    RunningJob,
    Tenant,
    WaitingJob,
)

NOW = 1_000_000.0
LONG_AGO = NOW - 100_000


def waiting(job_id: str, organization: str = "a", *, waited: float = 0, **fields: Any) -> WaitingJob:
    """A queued job; ``slots``, ``workers`` and ``labels`` make up its needs."""
    request = ResourceRequest(
        fields.pop("slots", 1), fields.pop("workers", 1), frozenset(fields.pop("labels", {}).items())
    )
    priority = fields.get("priority", 0)
    ranked_at = aged_priority(queued_at=NOW - waited, priority=priority, ageing_seconds=Rules().ageing_seconds)
    return WaitingJob(job_id, organization, request, ranked_at, NOW - waited, **fields)


def running(job_id: str, organization: str = "a", *on: str, slots: int = 1, **fields: Any) -> RunningJob:
    """A job that runs on the workers ``on``, ``w1`` if none is named, since long ago."""
    times: dict[str, Any] = {"queued_at": LONG_AGO, "since": LONG_AGO}
    on = on or ("w1",)
    return RunningJob(job_id, organization, ResourceRequest(slots, len(on)), on, **times | fields)


def pool(
    *jobs: WaitingJob | RunningJob, workers: Sequence[PoolWorker] = (), slots: int = 1, tenants: Iterable[Tenant] = ()
) -> PoolState:
    """A pool with the worker ``w1`` of ``slots`` slots unless others are given; unnamed tenants have weight 1."""
    known = {tenant.id: tenant for tenant in tenants}
    queues: dict[str, list[WaitingJob]] = {}
    for job in jobs:
        known.setdefault(job.organization_id, Tenant(job.organization_id))
        if isinstance(job, WaitingJob):
            queues.setdefault(job.organization_id, []).append(job)
    for organization_id, queue in queues.items():
        queue.sort(key=lambda job: (job.ranked_at, job.id))
        slots_waiting = sum(job.request.total for job in queue)
        known[organization_id] = replace(known[organization_id], waiting_slots=slots_waiting)
    held = [job for job in jobs if isinstance(job, RunningJob)]
    return PoolState(NOW, known, queues, held, tuple(workers) or (PoolWorker("w1", slots),))


def started(state: PoolState, **arguments: Any) -> list[str]:
    return [start.job_id for start in decide(state, Rules(), **arguments).starts]


def preempted(state: PoolState) -> list[tuple[str, str]]:
    """Who gives way to whom."""
    return [(found.job_id, found.for_job_id) for found in decision_of(state).preemptions]


def decision_of(state: PoolState) -> Decision:
    return decide(state, Rules())
