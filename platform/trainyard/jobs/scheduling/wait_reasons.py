"""Wait reasons of a queued job: codes and numbers, and the sentence built from them.

The numbers are about the job's own organization or the whole pool, never about another organization.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from trainyard.jobs.scheduling.decision import Decision
from trainyard.jobs.scheduling.fair_share import fair_slots_of
from trainyard.jobs.scheduling.state import PoolState, WaitingJob, allocations
from trainyard_common.counting import counted


class WaitCode(StrEnum):
    NO_WORKER = "no_worker"
    NO_OPEN_WORKER = "no_open_worker"
    NO_SUITABLE_WORKER = "no_suitable_worker"
    STARTS = "starts"
    SLOTS_COMING = "slots_coming"
    RUNNING_LIMIT = "running_limit"
    OWN_JOBS_FIRST = "own_jobs_first"
    FAIR_SHARE = "fair_share"
    SLOTS_TAKEN = "slots_taken"
    TOO_FEW_FREE = "too_few_free"


SENTENCES: dict[WaitCode, str] = {
    WaitCode.NO_WORKER: "No worker of the pool is up.",
    WaitCode.NO_OPEN_WORKER: (
        "No worker of the pool that is up takes jobs now. Cordoned: {cordoned}, being drained: {draining}, taken "
        "out of service: {quarantined}, without room on their disks: {full}."
    ),
    WaitCode.NO_SUITABLE_WORKER: (
        "The job needs {workers:worker} with {slots:slot} each and its labels; of {up:worker} up and taking jobs, "
        "{suitable} would do."
    ),
    WaitCode.STARTS: "A slot is free; a worker takes the job any moment.",
    WaitCode.SLOTS_COMING: "Jobs that give way to this one are saving their work; it starts when they have.",
    WaitCode.RUNNING_LIMIT: "Your organization runs {running:job} in this pool and may run {limit} at once.",
    WaitCode.OWN_JOBS_FIRST: "Before it: {ahead:queued job} of your own.",
    WaitCode.FAIR_SHARE: "Your organization holds {held:slot}; its fair share is {fair}.",
    WaitCode.SLOTS_TAKEN: "All slots of the pool are taken ({taken} of {slots}).",
    WaitCode.TOO_FEW_FREE: (
        "Free slots of the pool: {free} of {slots}, but not where this job fits, or they are kept for one that comes "
        "first."
    ),
}


@dataclass(frozen=True, slots=True)
class WaitReason:
    """One reason why a job waits."""

    code: WaitCode
    numbers: Mapping[str, float]

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(**{name: _Counted(number) for name, number in self.numbers.items()})


class _Counted(float):
    """A number for a sentence: ``{slots}`` gives 2, ``{slots:slot}`` gives 2 slots."""

    def __format__(self, noun: str) -> str:
        return counted(self, noun) if noun else f"{round(self, 1):g}"


def explain(state: PoolState, decision: Decision, job: WaitingJob, *, ahead: int) -> list[WaitReason]:
    """Why ``job`` waits under ``decision``, what weighs most first; ``ahead`` jobs of its organization come before."""
    return [WaitReason(code, numbers) for code, numbers in _reasons(state, decision, job, ahead)]


def _reasons(
    state: PoolState, decision: Decision, job: WaitingJob, ahead: int
) -> Iterator[tuple[WaitCode, dict[str, float]]]:
    if not state.workers:
        yield (WaitCode.NO_OPEN_WORKER, dict(state.closed)) if state.closed else (WaitCode.NO_WORKER, {})
        return
    request = job.request
    suitable = sum(request.suits(worker) for worker in state.workers)
    if suitable < request.workers:
        up = len(state.workers)
        yield (
            WaitCode.NO_SUITABLE_WORKER,
            {"workers": request.workers, "slots": request.slots, "up": up, "suitable": suitable},
        )
        return
    if any(start.job_id == job.id for start in decision.starts):
        yield WaitCode.STARTS, {}
        return
    if any(preemption.for_job_id == job.id for preemption in decision.preemptions):
        yield WaitCode.SLOTS_COMING, {}
    tenant, held = state.tenants[job.organization_id], allocations(state.running)
    running, limit = held.jobs.get(tenant.id, 0), tenant.max_running_jobs
    is_limited = limit is not None and running >= limit
    if limit is not None and is_limited:
        yield WaitCode.RUNNING_LIMIT, {"running": running, "limit": limit}
    if ahead:
        yield WaitCode.OWN_JOBS_FIRST, {"ahead": ahead}
    if is_limited:
        return  # However many slots there are, this job gets none.
    fair = fair_slots_of(state, held=held.slots).get(tenant.id, 0.0)
    if held.of(tenant.id) >= fair:
        yield WaitCode.FAIR_SHARE, {"held": held.of(tenant.id), "fair": fair}
    yield _of_the_pool(state)


def _of_the_pool(state: PoolState) -> tuple[WaitCode, dict[str, float]]:
    up = {worker.id for worker in state.workers}
    taken = sum(job.request.slots for job in state.running for worker_id in job.worker_ids if worker_id in up)
    if taken >= state.slots:
        return WaitCode.SLOTS_TAKEN, {"taken": taken, "slots": state.slots}
    return WaitCode.TOO_FEW_FREE, {"free": state.slots - taken, "slots": state.slots}
