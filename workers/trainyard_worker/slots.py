"""The attempts that run on this host: one a slot, each in a thread of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock, Thread
from time import monotonic

import structlog

from trainyard_spec.worker_protocol import Claim
from trainyard_worker.attempt import Attempt
from trainyard_worker.gpu_memory import NotCleared
from trainyard_worker.orders import Order

log = structlog.get_logger()

DYING_SECONDS = 0.5
"""What attempts get to notice that their engines have been killed."""


@dataclass(frozen=True, slots=True)
class _Running:
    attempt: Attempt
    thread: Thread


class Slots:
    """``make_attempt`` takes a claim and the slot's index from 0; ``on_free`` is called when a slot has become free.

    Between two attempts a slot is left as ``clear`` leaves it. One that cannot be cleared is not used again, and
    ``on_unfit`` is told why.
    """

    def __init__(
        self,
        count: int,
        *,
        make_attempt: Callable[[Claim, int], Attempt],
        clear: Callable[[int], None],
        on_free: Callable[[], None],
        on_unfit: Callable[[str], None],
    ) -> None:
        self._count = count
        self._make_attempt = make_attempt
        self._clear = clear
        self._on_free = on_free
        self._on_unfit = on_unfit
        self._running: dict[int, _Running] = {}
        self._mutex = Lock()

    @property
    def attempts(self) -> list[Attempt]:
        with self._mutex:
            return [running.attempt for running in self._running.values()]

    @property
    def free(self) -> int:
        with self._mutex:
            return self._count - len(self._running)

    def run(self, claim: Claim) -> None:
        """Starts ``claim`` in a free slot; only one thread may take slots, and only while one is free."""
        with self._mutex:
            slot = min(set(range(self._count)) - self._running.keys())
            attempt = self._make_attempt(claim, slot)
            thread = Thread(target=self._run, args=(slot, attempt), name=claim.attempt_id, daemon=True)
            self._running[slot] = _Running(attempt, thread)
        thread.start()

    def stop(self, *, grace_seconds: float) -> None:
        """Asks every attempt for a checkpoint and an end; what has not ended after ``grace_seconds`` is killed."""
        deadline = monotonic() + grace_seconds
        with self._mutex:
            running = list(self._running.values())
        for each in running:
            each.attempt.orders.give(Order.STOP)
        for each in running:
            each.thread.join(max(0.0, deadline - monotonic()))
        late = [each for each in running if each.thread.is_alive()]
        for each in late:
            log.warning("attempt.abandoned", **each.attempt.held.model_dump())
            each.attempt.orders.give(Order.FORGET)
        deadline = monotonic() + DYING_SECONDS
        for each in late:
            each.thread.join(max(0.0, deadline - monotonic()))

    def _run(self, slot: int, attempt: Attempt) -> None:
        try:
            attempt.run()
            self._clear(slot)
        except NotCleared as error:
            self._on_unfit(f"Slot {slot}: {error}")
            return
        with self._mutex:
            del self._running[slot]
        self._on_free()
