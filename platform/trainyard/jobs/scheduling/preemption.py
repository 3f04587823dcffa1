"""Preemption: which running jobs are stopped for which waiting jobs, as few as possible."""

from dataclasses import dataclass, replace
from enum import StrEnum

from trainyard.jobs.scheduling.fair_share import fair_slots_of
from trainyard.jobs.scheduling.priority import aged_priority, fair_share_score, priority_tier
from trainyard.jobs.scheduling.slot_allocator import SlotAllocator
from trainyard.jobs.scheduling.state import (
    Allocations,
    PoolState,
    ResourceRequest,
    Rules,
    RunningJob,
    Tenant,
    WaitingJob,
)

_ROUNDING = 1e-9


class PreemptionReason(StrEnum):
    """``preemptible``: the job was submitted as preemptible.

    ``over_quota``: it uses slots guaranteed to another organization.
    """

    PREEMPTIBLE = "preemptible"
    OVER_QUOTA = "over_quota"


@dataclass(frozen=True, slots=True)
class Preemption:
    """The running ``job_id`` is stopped with a checkpoint so that ``for_job_id`` can start."""

    job_id: str
    for_job_id: str
    reason: PreemptionReason


class Preemptor:
    """Finds slots for jobs that do not fit: first those that are coming free, then those of jobs that give way.

    - A job that stays within its organization's guaranteed slots takes back what others hold beyond theirs.
    - A job that stays within them or within its organization's fair slots displaces preemptible jobs of others.
    - A job displaces preemptible jobs of a lower priority of its own organization.
    - A preemptible job displaces nobody, and nobody gives way who would be the next to start again: no two jobs
      displace each other in turn.
    """

    def __init__(self, state: PoolState, rules: Rules, held: Allocations, allocator: SlotAllocator) -> None:
        self._state, self._rules, self._held, self._allocator = state, rules, held, allocator
        self._has_guarantees = any(tenant.guaranteed_slots for tenant in state.tenants.values())
        self._fair: dict[str, float] | None = None
        self._coming: dict[str, int] = {}
        self._victims: dict[str, list[RunningJob]] = {}
        self._lowest: dict[str, int] = {}
        self._hopeless: set[ResourceRequest] = set()
        self._marked: set[str] = set()
        for job in state.running:
            if job.stopping:
                self._add_releasing_slots(job)
            elif job.since + rules.minimum_runtime_seconds <= state.now and self._may_ever_give_way(job):
                for worker_id in job.worker_ids:
                    self._victims.setdefault(worker_id, []).append(job)
                if job.preemptible:
                    owner = job.organization_id
                    self._lowest[owner] = min(job.priority, self._lowest.get(owner, job.priority))

    @property
    def is_idle(self) -> bool:
        """Whether no slots are coming and nobody could give way."""
        return not self._coming and not self._victims

    def find(self, job: WaitingJob) -> list[Preemption] | None:
        """Whom to stop so that ``job`` can start, nobody where enough slots come free anyway; ``None`` if it cannot.

        What is found is withheld for the job as long as this decision lasts.
        """
        if not self._coming and not self._may_displace(job):
            return None
        found = self._cheapest(job)
        if found is None:
            if self._may_displace_for_its_share(job):
                self._hopeless.add(job.request)
            return None
        preemptions = []
        for worker_id, victims in found.items():
            for victim in victims:
                reason = PreemptionReason.PREEMPTIBLE if victim.preemptible else PreemptionReason.OVER_QUOTA
                preemptions.append(Preemption(victim.id, job.id, reason))
                self._mark(victim)
            self._spend(worker_id, job.request.slots - self._allocator.free(worker_id))
            self._allocator.set_aside(worker_id, job.request.slots)
        return preemptions

    def _cheapest(self, job: WaitingJob) -> dict[str, list[RunningJob]] | None:
        """As many workers as ``job`` needs, with whom to stop there: those where the fewest slots are taken away."""
        found: dict[str, list[RunningJob]] = {}
        going: set[str] = set(self._marked)
        suitable = [worker.id for worker in self._allocator.workers_for(job.request)]
        for _ in range(job.request.workers):
            options = [
                (sum(victim.request.total for victim in victims), worker_id, victims)
                for worker_id in suitable
                if worker_id not in found and (victims := self._enough(job, worker_id, going)) is not None
            ]
            if not options:
                return None
            _, worker_id, victims = min(options, key=lambda option: option[:2])
            found[worker_id] = victims
            going |= {victim.id for victim in victims}
        return found

    def _enough(self, job: WaitingJob, worker_id: str, going: set[str]) -> list[RunningJob] | None:
        """Whom to stop on one worker beside those who are ``going``; ``None`` if that is not enough."""
        here = self._victims.get(worker_id, [])
        room = self._allocator.free(worker_id) + self._coming.get(worker_id, 0)
        room += sum(victim.request.slots for victim in here if victim.id in going and victim.id not in self._marked)
        victims: list[RunningJob] = []
        taken: dict[str, int] = {}
        for victim in sorted(here, key=self._order) if room < job.request.slots and self._may_displace(job) else ():
            if victim.id not in going and self._may_be_preempted(victim, job, taken.get(victim.organization_id, 0)):
                victims.append(victim)
                taken[victim.organization_id] = taken.get(victim.organization_id, 0) + victim.request.total
                room += victim.request.slots
            if room >= job.request.slots:
                break
        return victims if room >= job.request.slots else None

    def _order(self, victim: RunningJob) -> tuple[bool, float, int, float, str]:
        """Those who agreed first, then whose organization holds most for its weight; the least work is interrupted."""
        tenant = self._state.tenants[victim.organization_id]
        load = self._held.staying.get(tenant.id, 0) / tenant.weight
        return not victim.preemptible, -load, victim.priority, -victim.since, victim.id

    def _may_displace(self, job: WaitingJob) -> bool:
        """Whether anybody at all might give way to ``job``."""
        if job.preemptible or not self._victims:
            return False
        lowest = self._lowest.get(job.organization_id, job.priority)
        return lowest < job.priority or self._is_guaranteed(job) or self._may_displace_for_its_share(job)

    def _may_displace_for_its_share(self, job: WaitingJob) -> bool:
        if job.preemptible or not self._lowest or self._is_guaranteed(job):
            return False
        # Organizations ask in their order: what nobody gave up for an earlier one, nobody gives up for a later one.
        return job.request not in self._hopeless and self._is_within_share(job)

    def _may_be_preempted(self, victim: RunningJob, job: WaitingJob, taken: int) -> bool:
        """``taken`` slots of the victim's organization are given up already."""
        if victim.organization_id == job.organization_id:
            again = aged_priority(
                queued_at=victim.queued_at, priority=victim.priority, ageing_seconds=self._rules.ageing_seconds
            )
            return victim.preemptible and victim.priority < job.priority and job.ranked_at < again
        if victim.preemptible:
            return self._is_within_share(job) and self._would_start_later(victim, job, taken)
        entitled = self._is_guaranteed(job) and self._is_over_quota(victim, taken)
        return entitled and self._would_start_later(victim, job, taken)

    def _would_start_later(self, victim: RunningJob, job: WaitingJob, taken: int) -> bool:
        """Whether the policy prefers ``job`` to ``victim`` once that waits, too."""
        left = self._held.staying.get(victim.organization_id, 0) - taken - victim.request.total
        losing = replace(self._state.tenants[victim.organization_id], last_held_at=self._state.now)
        winning = self._state.tenants[job.organization_id]
        held = self._held.of(job.organization_id)
        return self._key(job, winning, held=held) < self._key(victim, losing, held=max(left, 0))

    def _key(self, job: WaitingJob | RunningJob, tenant: Tenant, *, held: int) -> tuple[int, float]:
        now, rules = self._state.now, self._rules
        tier = priority_tier(tenant, job.request, queued_at=job.queued_at, held=held, now=now, rules=rules)
        return tier, fair_share_score(tenant, job.request, held=held, rules=rules)

    def _may_ever_give_way(self, job: RunningJob) -> bool:
        return job.preemptible or (self._has_guarantees and self._is_over_quota(job, 0))

    def _is_over_quota(self, job: RunningJob, taken: int) -> bool:
        """Whether its organization holds all that it is guaranteed without this job, too."""
        tenant = self._state.tenants[job.organization_id]
        return self._held.staying.get(tenant.id, 0) - taken - job.request.total >= tenant.guaranteed_slots

    def _is_guaranteed(self, job: WaitingJob) -> bool:
        guaranteed = self._state.tenants[job.organization_id].guaranteed_slots
        return self._held.of(job.organization_id) + job.request.total <= guaranteed

    def _is_within_share(self, job: WaitingJob) -> bool:
        if self._is_guaranteed(job):
            return True
        if self._fair is None:
            self._fair = fair_slots_of(self._state, held=self._held.slots)
        wanted = self._held.of(job.organization_id) + job.request.total
        return wanted <= self._fair.get(job.organization_id, 0.0) + _ROUNDING

    def _mark(self, victim: RunningJob) -> None:
        self._marked.add(victim.id)
        self._held.staying[victim.organization_id] -= victim.request.total
        self._add_releasing_slots(victim)

    def _add_releasing_slots(self, job: RunningJob) -> None:
        for worker_id in job.worker_ids:
            self._coming[worker_id] = self._coming.get(worker_id, 0) + job.request.slots

    def _spend(self, worker_id: str, slots: int) -> None:
        if slots > 0:
            left = self._coming[worker_id] - slots
            self._coming[worker_id] = left
            if not left:
                del self._coming[worker_id]
