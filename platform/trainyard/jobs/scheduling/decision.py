"""The scheduling decision: which jobs start where, and which are preempted, now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf, nan

from trainyard.jobs.scheduling.preemption import Preemption, Preemptor
from trainyard.jobs.scheduling.priority import PriorityKey, PriorityTier, priority_key
from trainyard.jobs.scheduling.slot_allocator import Reservation, SlotAllocator
from trainyard.jobs.scheduling.state import PoolState, ResourceRequest, Rules, WaitingJob, allocations


@dataclass(frozen=True, slots=True)
class PlannedStart:
    """``job_id`` starts on ``worker_ids``; ``tier`` is its priority tier."""

    job_id: str
    worker_ids: tuple[str, ...]
    tier: PriorityTier


@dataclass(frozen=True, slots=True)
class Decision:
    """Result of a scheduling cycle. A waiting job in neither list continues to wait; ``explain`` says why."""

    starts: list[PlannedStart] = field(default_factory=list)
    preemptions: list[Preemption] = field(default_factory=list)
    reservation: Reservation | None = None


def decide(state: PoolState, rules: Rules, *, claimer: str | None = None) -> Decision:
    """What the policy does with ``state``: a function of its values alone, ties broken by id.

    Organizations take turns, each with its first job: first those that starve, then those within what they are
    guaranteed, then all others; among equals the one with the least ``fair_share_score``. Every start counts at once.
    A job that does not fit lets others pass as long as that does not delay it, see ``SlotAllocator.reserve``.

    With ``claimer`` that worker is preferred and the decision ends as soon as it gets something: what the others will
    be given is only thought through as far as it matters to this one.
    """
    return SchedulingCycle(state, rules, claimer).decide()


class SchedulingCycle:
    """One scheduling cycle while its decision is computed."""

    def __init__(self, state: PoolState, rules: Rules, claimer: str | None) -> None:
        self._state, self._rules, self._claimer = state, rules, claimer
        self._held = allocations(state.running)
        self._allocator = SlotAllocator(state)
        self._preemptor = Preemptor(state, rules, self._held, self._allocator)
        self._place = dict.fromkeys(state.queues, 0)
        self._refused: dict[ResourceRequest, float] = {}
        self._passed_over: set[str] = set()
        self._decision = Decision()
        self._candidates: list[tuple[PriorityKey, str]] = []

    def decide(self) -> Decision:
        self._candidates = [found for owner in self._state.queues if (found := self._candidate_of(owner))]
        heapify(self._candidates)
        while self._candidates and not self._is_over:
            key, organization_id = heappop(self._candidates)
            job = self._state.queues[organization_id][self._place[organization_id]]
            self._place[organization_id] += 1
            if not (self._start(job, PriorityTier(key[0])) or self._promise(job)):
                self._refuse(job)
                if self._allocator.is_full or self._may_not_be_passed(job):
                    continue
            if not self._is_over and (found := self._candidate_of(organization_id)):
                heappush(self._candidates, found)
        return Decision(self._decision.starts, self._decision.preemptions, self._allocator.reservation)

    @property
    def _is_over(self) -> bool:
        starts = self._decision.starts
        if self._claimer is not None and starts and self._claimer in starts[-1].worker_ids:
            return True
        return self._allocator.is_full and self._preemptor.is_idle

    def _candidate_of(self, organization_id: str) -> tuple[PriorityKey, str] | None:
        """The organization's place among the others, by its first job that has not been refused yet."""
        tenant, queue = self._state.tenants[organization_id], self._state.queues[organization_id]
        if tenant.max_running_jobs is not None and self._held.jobs.get(organization_id, 0) >= tenant.max_running_jobs:
            return None
        place = self._place[organization_id]
        if organization_id in self._passed_over:
            place = self._next_that_may_fit(queue, place)
        self._place[organization_id] = place
        job, held = _at(queue, place), self._held.of(organization_id)
        if job is None:
            return None
        now, rules = self._state.now, self._rules
        key = priority_key(tenant, job.request, job_id=job.id, queued_at=job.queued_at, held=held, now=now, rules=rules)
        return key, organization_id

    def _next_that_may_fit(self, queue: Sequence[WaitingJob], place: int) -> int:
        """The place of the first job, from ``place`` on, that is not like one that was refused and at least as long."""
        refused = self._refused
        while (job := _at(queue, place)) and refused.get(job.request, nan) <= job.longest_seconds:
            place += 1
        return place

    def _start(self, job: WaitingJob, tier: PriorityTier) -> bool:
        workers = self._allocator.place(job, prefer=self._claimer)
        if workers is None:
            return False
        self._held.add(job.organization_id, job.request.total)
        self._decision.starts.append(PlannedStart(job.id, workers, tier))
        return True

    def _promise(self, job: WaitingJob) -> bool:
        """Others give way to ``job``, or do already. Only the first job of an organization may ask for that."""
        if self._preemptor.is_idle or job.organization_id in self._passed_over or self._allocator.has_room(job.request):
            return False
        preemptions = self._preemptor.find(job)
        if preemptions is None:
            return False
        self._held.add(job.organization_id, job.request.total)
        self._decision.preemptions.extend(preemptions)
        return True

    def _refuse(self, job: WaitingJob) -> None:
        """``job`` waits; the first that does gets a reservation of the earliest start there is."""
        self._passed_over.add(job.organization_id)
        if self._allocator.has_room(job.request):
            # Only a reservation is in its way: shorter jobs of the same size may still pass.
            self._refused[job.request] = min(job.longest_seconds, self._refused.get(job.request, inf))
            return
        self._refused[job.request] = -inf
        if not self._allocator.is_full:
            self._allocator.reserve(job)

    def _may_not_be_passed(self, job: WaitingJob) -> bool:
        """Whether ``job`` has waited too long to see younger ones of its own organization start in its place.

        So what the organization holds runs out until it is its turn, and the job gets the reservation. One that has
        it, or that no worker could take, may be passed.
        """
        if self._state.now - job.queued_at < self._rules.starvation_seconds:
            return False
        reservation = self._allocator.reservation
        if reservation is not None and reservation.job_id == job.id:
            return False
        return len(self._allocator.workers_for(job.request)) >= job.request.workers


def _at(queue: Sequence[WaitingJob], place: int) -> WaitingJob | None:
    # Never the length: a queue may be read only as far as somebody looks.
    try:
        return queue[place]
    except IndexError:
        return None
