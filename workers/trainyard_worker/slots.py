"""Attempts on this host, each with its own slots and its own thread."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import compress
from threading import Lock, Thread
from time import monotonic

import structlog

from trainyard_spec.worker_protocol import Claim
from trainyard_worker.attempt_runner import AttemptRunner
from trainyard_worker.gpu_memory import NotCleared
from trainyard_worker.stop_signal import StopLevel

log = structlog.get_logger()

DYING_SECONDS = 0.5
"""What attempts get to notice that their engines have been killed."""


class SlotsTaken(Exception):
    """The claimed attempt needs more slots than are free; its lease will expire."""


@dataclass(frozen=True, slots=True)
class _Running:
    attempt: AttemptRunner
    thread: Thread
    slots: Sequence[int]


class Slots:
    """``make_attempt`` takes a claim and the indices of its slots, from 0; ``on_free`` is called when slots are freed.

    All slots of an attempt are taken and freed together. ``clear`` cleans each slot before its next attempt. A slot
    that cannot be cleaned is not used again, and ``on_suspect`` gets the reason.
    """

    def __init__(
        self,
        count: int,
        *,
        make_attempt: Callable[[Claim, Sequence[int]], AttemptRunner],
        clear: Callable[[int], None],
        on_free: Callable[[], None],
        on_suspect: Callable[[str], None],
    ) -> None:
        self._free = set(range(count))
        self._lent: set[int] = set()
        self._make_attempt = make_attempt
        self._clear = clear
        self._on_free = on_free
        self._on_suspect = on_suspect
        self._running: dict[str, _Running] = {}
        self._mutex = Lock()
        self.claiming = Lock()
        """Held from asking for an attempt until it has its slots, and while somebody else takes one."""

    @property
    def attempts(self) -> list[AttemptRunner]:
        with self._mutex:
            return [running.attempt for running in self._running.values()]

    @property
    def free(self) -> int:
        with self._mutex:
            return len(self._free)

    @property
    def claimable(self) -> int:
        """Slots that are free, or will be once what borrows them gives them back."""
        with self._mutex:
            return len(self._free) + len(self._lent)

    def lend(self, count: int) -> Sequence[int] | None:
        """So many free slots until they are given back or a job wants them; ``None`` where fewer are free.

        For whoever holds ``claiming``.
        """
        with self._mutex:
            if count > len(self._free):
                return None
            lent = sorted(self._free)[:count]
            self._free.difference_update(lent)
            self._lent.update(lent)
            return lent

    def take(self) -> int | None:
        """Takes a free slot for something other than an attempt, until ``give_back``; ``None`` if none is free."""
        with self.claiming, self._mutex:
            return self._free.pop() if self._free else None

    def take_locked(self) -> int | None:
        """Same as ``take``, for callers that hold ``claiming``."""
        with self._mutex:
            return self._free.pop() if self._free else None

    def give_back(self, slot: int) -> None:
        """Frees a slot that was taken or lent, once it is clear."""
        is_clear = self._is_cleared(slot)
        with self._mutex:
            self._lent.discard(slot)
            if is_clear:
                self._free.add(slot)
        self._on_free()

    def run(self, claim: Claim) -> None:
        """Starts ``claim`` in its slots; only one thread may take any. Raises ``SlotsTaken`` where too few are free."""
        with self._mutex:
            if claim.slots > len(self._free):
                raise SlotsTaken(f"{claim.attempt_id} needs {claim.slots} slots, and {len(self._free)} are free.")
            slots = sorted(self._free)[: claim.slots]
            attempt = self._make_attempt(claim, slots)
            thread = Thread(target=self._run, args=(claim.attempt_id,), name=claim.attempt_id, daemon=True)
            self._running[claim.attempt_id] = _Running(attempt, thread, slots)
            self._free.difference_update(slots)
        try:
            thread.start()
        except RuntimeError:  # The host has no thread left to give.
            self._release(claim.attempt_id, slots)
            raise

    def stop(self, *, grace_seconds: float) -> None:
        """Asks every attempt for a checkpoint and an end; what has not ended after ``grace_seconds`` is killed."""
        deadline = monotonic() + grace_seconds
        with self._mutex:
            running = list(self._running.values())
        for each in running:
            each.attempt.stop_signal.raise_to(StopLevel.STOP)
        for each in running:
            each.thread.join(max(0.0, deadline - monotonic()))
        late = [each for each in running if each.thread.is_alive()]
        for each in late:
            log.warning("attempt.abandoned", **each.attempt.held.model_dump())
            each.attempt.abandon()
        deadline = monotonic() + DYING_SECONDS
        for each in late:
            each.thread.join(max(0.0, deadline - monotonic()))

    def _run(self, attempt_id: str) -> None:
        running = self._running[attempt_id]
        cleared: set[int] = set()
        try:
            running.attempt.run()
        except Exception:
            log.exception("attempt.crashed", **running.attempt.held.model_dump())
        try:
            with ThreadPoolExecutor(len(running.slots)) as pool:
                cleared.update(compress(running.slots, pool.map(self._is_cleared, running.slots)))
        finally:
            self._release(attempt_id, cleared)
            self._on_free()

    def _release(self, attempt_id: str, slots: Iterable[int]) -> None:
        with self._mutex:
            del self._running[attempt_id]
            self._free.update(slots)

    def _is_cleared(self, slot: int) -> bool:
        try:
            self._clear(slot)
        except NotCleared as error:
            self._on_suspect(f"Slot {slot}: {error}")
            return False
        except Exception as error:
            log.exception("slot.clear_failed", slot=slot)
            self._on_suspect(f"Slot {slot}: {type(error).__name__}: {error}")
            return False
        return True
