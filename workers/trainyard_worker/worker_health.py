"""Health of this worker: any thread that finds a fault marks it suspect, and the heartbeat reports it."""

from threading import Lock

import structlog

log = structlog.get_logger()


class WorkerHealth:
    """A suspect worker stays so until somebody restarts it."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._fault: str | None = None

    @property
    def fault(self) -> str | None:
        """The first thing found wrong, as a sentence; ``None`` while nothing is."""
        return self._fault

    def mark_suspect(self, fault: str) -> None:
        """This worker takes no more work because of ``fault``, a sentence."""
        with self._mutex:
            if self._fault is None:
                self._fault = fault
        log.error("worker.marked_suspect", fault=fault)
