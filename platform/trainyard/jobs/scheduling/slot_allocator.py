"""Slot allocation with EASY backfilling: the free slots of each worker, and the reservation of a waiting job."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest
from math import inf

from trainyard.jobs.scheduling.state import PoolState, PoolWorker, ResourceRequest, WaitingJob


@dataclass(frozen=True, slots=True)
class Reservation:
    """Reservation for the first blocked job: ``starts_at`` on ``worker_ids`` if running jobs take their longest."""

    job_id: str
    worker_ids: tuple[str, ...]
    starts_at: float


class SlotAllocator:
    """Allocates the free slots of a pool during one scheduling cycle."""

    def __init__(self, state: PoolState) -> None:
        self.reservation: Reservation | None = None
        self._state = state
        self._workers = {worker.id: worker for worker in state.workers}
        self._free = {worker.id: worker.slots for worker in state.workers}
        self._spare: dict[str, int] = {}
        self._placed: list[tuple[str, float, int]] = []
        for job in state.running:
            for worker_id in job.worker_ids:
                if worker_id in self._free:
                    self._take(worker_id, job.request.slots)
        for worker in state.workers:
            if worker.releasing_slots:
                self._take(worker.id, worker.releasing_slots)

    @property
    def is_full(self) -> bool:
        return not self._free

    def free(self, worker_id: str) -> int:
        return self._free.get(worker_id, 0)

    def workers_for(self, request: ResourceRequest) -> list[PoolWorker]:
        """Workers that would take ``request`` if they were empty."""
        return [worker for worker in self._workers.values() if request.suits(worker)]

    def has_room(self, request: ResourceRequest) -> bool:
        """Whether enough slots are free, reserved for another job or not."""
        return len(self._with_room(request)) >= request.workers

    def place(self, job: WaitingJob, *, prefer: str | None = None) -> tuple[str, ...] | None:
        """Takes slots for ``job`` and returns the workers; ``None`` where it does not fit or would delay a reservation.

        Best fit: the workers with the fewest slots left over, then with the fewest labels; ``prefer`` before all.
        """
        open_ = [worker_id for worker_id in self._with_room(job.request) if self._respects_reservation(job, worker_id)]
        if len(open_) < job.request.workers:
            return None
        chosen = nsmallest(
            job.request.workers,
            open_,
            key=lambda worker_id: (
                worker_id != prefer,
                self._free[worker_id],
                len(self._workers[worker_id].labels),
                worker_id,
            ),
        )
        for worker_id in chosen:
            self._take(worker_id, job.request.slots)
            self._placed.append((worker_id, self._state.now + job.longest_seconds, job.request.slots))
            if worker_id in self._spare and not self._ends_in_time(job):
                self._spare[worker_id] -= job.request.slots
        return tuple(chosen)

    def set_aside(self, worker_id: str, slots: int) -> None:
        """Sets aside up to ``slots`` free slots in this cycle, for a job that waits for the rest of its slots."""
        if withheld := min(slots, self.free(worker_id)):
            self._take(worker_id, withheld)

    def reserve(self, job: WaitingJob) -> None:
        """Reserves the earliest start that ``job`` can be sure of; a job that no worker could ever take gets none.

        EASY backfilling: the first job that does not fit gets a reservation, and others may pass it only where they
        do not delay that. Sources: Lifka, The ANL/IBM SP scheduling system (1995); Mu'alem & Feitelson (2001).
        """
        suitable = self.workers_for(job.request)
        if self.reservation is not None or len(suitable) < job.request.workers:
            return
        ends = self._ends()
        earliest = nsmallest(
            job.request.workers,
            ((self._room_at(worker, job.request.slots, ends.get(worker.id, ())), worker.id) for worker in suitable),
        )
        starts_at = max(at for at, _ in earliest)
        worker_ids = tuple(worker_id for _, worker_id in earliest)
        self.reservation = Reservation(job.id, worker_ids, starts_at)
        for worker_id in worker_ids:
            freed = sum(slots for end, slots in ends.get(worker_id, ()) if end <= starts_at)
            self._spare[worker_id] = self.free(worker_id) + freed - job.request.slots

    def _with_room(self, request: ResourceRequest) -> list[str]:
        return [
            worker_id
            for worker_id, free in self._free.items()
            if free >= request.slots and request.suits(self._workers[worker_id])
        ]

    def _take(self, worker_id: str, slots: int) -> None:
        # More may run on a worker than it has slots: an operator can lower their number.
        left = self._free.get(worker_id, 0) - slots
        if left > 0:
            self._free[worker_id] = left
        else:
            self._free.pop(worker_id, None)

    def _respects_reservation(self, job: WaitingJob, worker_id: str) -> bool:
        spare = self._spare.get(worker_id)
        return spare is None or job.request.slots <= spare or self._ends_in_time(job)

    def _ends_in_time(self, job: WaitingJob) -> bool:
        return (
            self.reservation is not None and self._state.now + job.longest_seconds <= self.reservation.starts_at < inf
        )

    def _ends(self) -> dict[str, list[tuple[float, int]]]:
        """When slots come free on each worker, soonest first."""
        releasing = ((worker.id, worker.releasing_slots) for worker in self._state.workers if worker.releasing_slots)
        ends = {worker_id: [(self._state.now, slots)] for worker_id, slots in releasing}
        for job in self._state.running:
            # One that runs beyond its longest, or is stopping, is about to end.
            end = self._state.now if job.stopping else max(job.ends_by, self._state.now)
            for worker_id in job.worker_ids:
                ends.setdefault(worker_id, []).append((end, job.request.slots))
        for worker_id, end, slots in self._placed:
            ends.setdefault(worker_id, []).append((end, slots))
        return {worker_id: sorted(found) for worker_id, found in ends.items()}

    def _room_at(self, worker: PoolWorker, slots: int, ends: Sequence[tuple[float, int]]) -> float:
        free = self.free(worker.id)
        if free >= slots:
            return self._state.now
        for end, freed in ends:
            free += freed
            if free >= slots:
                return end
        return inf
