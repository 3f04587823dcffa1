"""Discrete-event simulation of a pool under a scheduling policy. Deterministic, without a clock."""

import time
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf

from trainyard.jobs.scheduling.decision import Decision, PlannedStart
from trainyard.jobs.scheduling.fair_share import decayed, fair_slots, held_usage
from trainyard.jobs.scheduling.priority import PriorityTier, aged_priority
from trainyard.jobs.scheduling.slot_allocator import SlotAllocator
from trainyard.jobs.scheduling.state import (
    PoolState,
    PoolWorker,
    ResourceRequest,
    Rules,
    RunningJob,
    Tenant,
    WaitingJob,
)

Policy = Callable[[PoolState, Rules], Decision]

STOPPING_SECONDS = 10.0
"""From the wish that a job stop until its checkpoint is kept and its slots are free."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A future job, which trains for ``seconds`` and declares at most ``longest_seconds``."""

    id: str
    organization_id: str
    at: float
    seconds: float
    request: ResourceRequest = field(default_factory=ResourceRequest)
    longest_seconds: float = inf
    priority: int = 0
    preemptible: bool = False


@dataclass(slots=True)
class SimulationResult:
    """Result of a simulation. Starts are the first start of each job; slot-seconds are per organization."""

    started_at: dict[str, float] = field(default_factory=dict)
    ended_at: dict[str, float] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)
    fair: dict[str, float] = field(default_factory=dict)
    preemptions: int = 0
    decision_seconds: list[float] = field(default_factory=list)
    slot_seconds: float = 0.0
    seconds: float = 0.0


def strict(state: PoolState, rules: Rules) -> Decision:
    """All jobs in one order, that of ``ranked_at``, whoever sent them; nobody passes anybody.

    With no ageing this is first in, first out; with an ageing without end, strict priority.
    """
    allocator, decision = SlotAllocator(state), Decision()
    heads = [(queue[0].ranked_at, queue[0].id, queue, 0) for queue in state.queues.values() if queue]
    heapify(heads)
    while heads and not allocator.is_full:
        _, _, queue, place = heappop(heads)
        workers = allocator.place(queue[place])
        if workers is None:
            break
        decision.starts.append(PlannedStart(queue[place].id, workers, PriorityTier.FAIR_SHARE))
        if place + 1 < len(queue):
            following = queue[place + 1]
            heappush(heads, (following.ranked_at, following.id, queue, place + 1))
    return decision


class Simulation:
    """Simulates ``submissions`` in a pool. ``watch`` receives each state with its decision."""

    def __init__(
        self,
        *,
        policy: Policy,
        rules: Rules,
        tenants: Iterable[Tenant],
        workers: Sequence[PoolWorker],
        submissions: Iterable[Submission],
        watch: Callable[[PoolState, Decision], None] = lambda *_: None,
    ) -> None:
        self.outcome = SimulationResult()
        self._policy, self._rules, self._watch = policy, rules, watch
        self._workers = tuple(workers)
        self._capacity = sum(worker.slots for worker in self._workers)
        self._tenants = {tenant.id: tenant for tenant in tenants}
        self._use = dict.fromkeys(self._tenants, 0.0)
        self._last_held = dict.fromkeys(self._tenants, -inf)
        self._held = dict.fromkeys(self._tenants, 0)
        self._demand = dict.fromkeys(self._tenants, 0)
        self._queues: dict[str, list[WaitingJob]] = {organization_id: [] for organization_id in self._tenants}
        self._running: dict[str, RunningJob] = {}
        self._left: dict[str, float] = {}
        self._truth = {submission.id: submission for submission in submissions}
        self._now = 0.0
        self._order = count()
        self._events = [(s.at, next(self._order), "submit", s.id, 0.0) for s in self._truth.values()]
        heapify(self._events)

    def run(self, *, until: float = inf) -> SimulationResult:
        """Plays on until nothing happens any more, or up to ``until``."""
        while self._events and self._events[0][0] <= until:
            self._pass(to=self._events[0][0])
            while self._events and self._events[0][0] <= self._now:
                self._happen(*heappop(self._events)[2:])
            self._decide()
        if until < inf:
            self._pass(to=until)
        return self.outcome

    def _happen(self, what: str, job_id: str, since: float) -> None:
        if what == "submit":
            self._left[job_id] = self._truth[job_id].seconds
            self._queue(job_id)
        elif (job := self._running.get(job_id)) is not None and job.since == since:
            self._stop(job, finished=what == "end")

    def _queue(self, job_id: str) -> None:
        told = self._truth[job_id]
        ranked_at = aged_priority(queued_at=told.at, priority=told.priority, ageing_seconds=self._rules.ageing_seconds)
        trained = told.seconds - self._left[job_id]
        waiting = WaitingJob(
            id=job_id,
            organization_id=told.organization_id,
            request=told.request,
            ranked_at=ranked_at,
            queued_at=told.at,
            priority=told.priority,
            preemptible=told.preemptible,
            longest_seconds=told.longest_seconds - trained,
        )
        insort(self._queues[told.organization_id], waiting, key=lambda job: (job.ranked_at, job.id))
        self._demand[told.organization_id] += told.request.total

    def _stop(self, job: RunningJob, *, finished: bool) -> None:
        del self._running[job.id]
        self._held[job.organization_id] -= job.request.total
        self._last_held[job.organization_id] = self._now
        if finished:
            self.outcome.ended_at[job.id] = self._now
        else:
            self._left[job.id] -= self._now - job.since
            self._queue(job.id)

    def _decide(self) -> None:
        state = self.state()
        began = time.process_time()
        decision = self._policy(state, self._rules)
        self.outcome.decision_seconds.append(time.process_time() - began)
        self._watch(state, decision)
        waiting = {job.id: job for job in self._take(decision)}
        for start in decision.starts:
            self._start(waiting[start.job_id], start.worker_ids)
        for preemption in decision.preemptions:
            job = self._running[preemption.job_id]
            self._running[job.id] = job._replace(stopping=True)
            self.outcome.preemptions += 1
            self._at(self._now + STOPPING_SECONDS, "stop", job)

    def state(self) -> PoolState:
        tenants = {
            tenant.id: replace(
                tenant,
                used_slot_seconds=self._use[tenant.id],
                last_held_at=self._last_held[tenant.id],
                waiting_slots=self._demand[tenant.id],
            )
            for tenant in self._tenants.values()
        }
        return PoolState(self._now, tenants, self._queues, list(self._running.values()), self._workers)

    def _take(self, decision: Decision) -> Iterator[WaitingJob]:
        """The jobs that start, taken off their queues."""
        for start in decision.starts:
            queue = self._queues[self._truth[start.job_id].organization_id]
            place = next(place for place, job in enumerate(queue) if job.id == start.job_id)
            yield queue.pop(place)

    def _start(self, job: WaitingJob, worker_ids: tuple[str, ...]) -> None:
        self._demand[job.organization_id] -= job.request.total
        self._held[job.organization_id] += job.request.total
        self.outcome.started_at.setdefault(job.id, self._now)
        end = self._now + self._left[job.id]
        running = RunningJob(
            id=job.id,
            organization_id=job.organization_id,
            request=job.request,
            worker_ids=worker_ids,
            queued_at=job.queued_at,
            since=self._now,
            ends_by=self._now + job.longest_seconds,
            ends_about=end,
            priority=job.priority,
            preemptible=job.preemptible,
        )
        self._running[job.id] = running
        self._at(end, "end", running)

    def _at(self, at: float, what: str, job: RunningJob) -> None:
        heappush(self._events, (at, next(self._order), what, job.id, job.since))

    def _pass(self, *, to: float) -> None:
        """Adds up what is held from now to ``to``, and what would have been fair where there is not enough for all."""
        seconds = to - self._now
        half_life = self._rules.half_life_seconds
        for organization_id, held in self._held.items():
            kept = decayed(self._use[organization_id], seconds=seconds, half_life_seconds=half_life)
            since = held_usage(slots=held, start=self._now, end=to, now=to, half_life_seconds=half_life)
            self._use[organization_id] = kept + since
        if sum(self._held.values()) + sum(self._demand.values()) >= self._capacity:
            tenants = [replace(tenant, waiting_slots=self._demand[tenant.id]) for tenant in self._tenants.values()]
            fair = fair_slots(capacity=self._capacity, tenants=tenants, held=self._held)
            for organization_id, held in self._held.items():
                self.outcome.used[organization_id] = self.outcome.used.get(organization_id, 0.0) + held * seconds
                poured = fair.get(organization_id, 0.0) * seconds
                self.outcome.fair[organization_id] = self.outcome.fair.get(organization_id, 0.0) + poured
        self.outcome.slot_seconds += sum(self._held.values()) * seconds
        self.outcome.seconds += seconds
        self._now = to
