"""Thread that polls for work, on notification and periodically in case a notification was lost."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

from trainyard_worker.transport import CallFailed

log = structlog.get_logger()


class Poller:
    """Calls ``work`` at start, on every ``ring`` and every ``every_seconds``; a ring during ``work`` is not lost."""

    def __init__(self, name: str, work: Callable[[], None], *, every_seconds: float) -> None:
        self._name = name
        self._work = work
        self._every_seconds = every_seconds
        self._bell = Event()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ring(self) -> None:
        self._bell.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """Lets the thread end after what it is doing."""
        self._stopped.set()
        self._bell.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._bell.clear()
            try:
                self._work()
            except CallFailed as error:
                log.warning("poll.failed", poller=self._name, error=str(error))
            except Exception:
                log.exception("poll.crashed", poller=self._name)
            if not self._stopped.is_set():
                self._bell.wait(self._every_seconds)
