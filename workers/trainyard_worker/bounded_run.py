"""Engine run with a time limit beside a worker's jobs, aborted when a job needs its slots."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Timer

from trainyard_worker.engine import EngineProcess


class BoundedRun:
    """One engine at a time, killed when its time is up, when it is given up, and at the end.

    Parameters
    ----------
    given_up
        Set by ``give_up``; the next run clears it.
    """

    def __init__(self, given_up: Event) -> None:
        self._given_up = given_up
        self._timed_out = Event()
        self._engine: EngineProcess | None = None

    @property
    def has_timed_out(self) -> bool:
        return self._timed_out.is_set()

    def give_up(self) -> None:
        """Kills the engine at hand, or the next that is started; from any thread."""
        self._given_up.set()
        if (engine := self._engine) is not None:
            engine.signal(signal.SIGKILL)

    @contextmanager
    def of(self, engine: EngineProcess, *, seconds: float) -> Iterator[EngineProcess]:
        """``engine`` at work."""
        self._timed_out.clear()
        timer = Timer(seconds, self._time_out, args=(engine,))
        timer.daemon = True
        timer.start()
        self._engine = engine
        try:
            # Whoever gave up before it was there has killed nothing.
            if self._given_up.is_set():
                engine.signal(signal.SIGKILL)
            yield engine
        finally:
            timer.cancel()
            self._engine = None
            engine.signal(signal.SIGKILL)
            engine.wait()
            engine.close()

    def _time_out(self, engine: EngineProcess) -> None:
        self._timed_out.set()
        engine.signal(signal.SIGKILL)
