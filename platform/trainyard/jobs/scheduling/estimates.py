"""Estimated start of a waiting job: the earliest and the latest likely time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf

from trainyard.jobs.scheduling.fair_share import fair_slots_of
from trainyard.jobs.scheduling.priority import priority_key
from trainyard.jobs.scheduling.state import PoolState, Rules, RunningJob, WaitingJob, allocations


@dataclass(frozen=True, slots=True)
class JobsAhead:
    """Queued jobs of an organization before one of its jobs: their number, slots, and maximum slot-seconds."""

    jobs: int = 0
    slots: int = 0
    longest_slot_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StartRange:
    """The earliest and the latest likely start, in seconds of Unix time."""

    earliest: float
    latest: float


def start_range(state: PoolState, rules: Rules, job: WaitingJob, *, ahead: JobsAhead) -> StartRange | None:
    """When ``job`` may start; ``None`` where nothing can be known: no worker takes it, or jobs have no longest time.

    Earliest: every slot that comes free from now on goes to the job's organization, as soon as running jobs probably
    end; at once where nobody knows that. Latest: running jobs take their longest, each other organization that comes
    first starts a job, and then the organization works off the jobs ahead, at their longest, on its fair slots. Jobs
    that are submitted later may still come first where their organization has less than its share. Neither is before
    the organization may run so many jobs.
    """
    suitable = {worker.id for worker in state.workers if job.request.suits(worker)}
    slots = sum(worker.slots for worker in state.workers if worker.id in suitable)
    here = [running for running in state.running if suitable & set(running.worker_ids)]
    free = slots - sum(_slots_on(running, suitable) for running in here)
    if len(suitable) < job.request.workers:
        return None
    earliest = _free_at(
        min(job.request.total + ahead.slots, slots),
        free=free,
        ends=((_probable_end(running, state.now), _slots_on(running, suitable)) for running in here),
        now=state.now,
    )
    others = sum(_comes_first(state, rules, job, other) for other in state.queues if other != job.organization_id)
    first = _free_at(
        min(job.request.total + others, slots),
        free=free,
        ends=((_latest_end(running, state.now), _slots_on(running, suitable)) for running in here),
        now=state.now,
    )
    earliest = max(earliest, _allowed_at(state, job, ahead, end_of=_probable_end))
    first = max(first, _allowed_at(state, job, ahead, end_of=_latest_end))
    latest = first + ahead.longest_slot_seconds / _rate(state, job)
    return None if latest == inf else StartRange(earliest=min(earliest, latest), latest=latest)


def _allowed_at(
    state: PoolState, job: WaitingJob, ahead: JobsAhead, *, end_of: Callable[[RunningJob, float], float]
) -> float:
    """When enough jobs of the organization have ended for its limit of running jobs, those ahead begun before."""
    limit = state.tenants[job.organization_id].max_running_jobs
    ends = sorted(end_of(other, state.now) for other in state.running if other.organization_id == job.organization_id)
    if limit is None or (in_the_way := len(ends) + ahead.jobs + 1 - limit) <= 0 or not ends:
        return state.now
    return ends[min(in_the_way, len(ends)) - 1]


def _slots_on(running: RunningJob, workers: set[str]) -> int:
    return running.request.slots * len(workers.intersection(running.worker_ids))


def _probable_end(running: RunningJob, now: float) -> float:
    """What its speed says, unless a limit comes first."""
    return now if running.ends_about is None else min(running.ends_about, _latest_end(running, now))


def _latest_end(running: RunningJob, now: float) -> float:
    return now if running.stopping else max(running.ends_by, now)


def _free_at(needed: int, *, free: int, ends: Iterable[tuple[float, int]], now: float) -> float:
    at = now
    for end, slots in sorted(ends):
        if free >= needed:
            break
        free += slots
        at = max(end, now)
    return at if free >= needed else inf


def _comes_first(state: PoolState, rules: Rules, job: WaitingJob, organization_id: str) -> bool:
    queue = state.queues[organization_id]
    return bool(queue) and _key(state, rules, queue[0]) < _key(state, rules, job)


def _key(state: PoolState, rules: Rules, job: WaitingJob) -> tuple[int, float, float, str]:
    held = allocations(state.running).of(job.organization_id)
    tenant, now = state.tenants[job.organization_id], state.now
    return priority_key(tenant, job.request, job_id=job.id, queued_at=job.queued_at, held=held, now=now, rules=rules)


def _rate(state: PoolState, job: WaitingJob) -> float:
    """Slots on which the organization works off its queue: its fair ones, within its limit, at least one job's."""
    fair = fair_slots_of(state, held=allocations(state.running).slots).get(job.organization_id, 0.0)
    limit = state.tenants[job.organization_id].max_running_jobs
    within = fair if limit is None else min(fair, limit * job.request.total)
    return max(within, float(job.request.total))
