"""Whether this worker is fit for work: said by whoever finds out that it is not, told by the heartbeat."""

from threading import Lock

import structlog

log = structlog.get_logger()


class Fitness:
    """Once unfit, a worker stays so until it is started anew, after somebody looked at it."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._fault: str | None = None

    @property
    def fault(self) -> str | None:
        """The first thing found wrong, as a sentence; ``None`` while nothing is."""
        return self._fault

    def doubt(self, fault: str) -> None:
        """This worker is unfit because of ``fault``."""
        with self._mutex:
            if self._fault is None:
                self._fault = fault
        log.error("worker.unfit", fault=fault)
