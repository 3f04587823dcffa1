"""Ends a control worker that is connected but hears nothing, so that whoever keeps it running starts a new one.

A connection can be dead without either end knowing (a firewall forgot it, the other side froze): Celery then waits for
ever on a socket that says nothing, and with it every reconciler.
"""

import os
import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

import structlog
from celery import signals

logger = structlog.get_logger(__name__)

LOOKS_PER_LIMIT = 9


class Hearing:
    """When a worker last had something to do. Periodic tasks come every few seconds, so long silence is deafness."""

    def __init__(self, *, silent_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._silent_seconds = silent_seconds
        self._clock = clock
        self._mutex = Lock()
        self._running = 0
        self._last = clock()

    def begin(self, **_: Any) -> None:
        """A task begins."""
        with self._mutex:
            self._running += 1

    def end(self, **_: Any) -> None:
        """A task ended; until now the worker may have had no hand free for another."""
        with self._mutex:
            self._running -= 1
            self._last = self._clock()

    @property
    def is_deaf(self) -> bool:
        """Whether nothing came for longer than can be."""
        with self._mutex:
            return self._running == 0 and self._clock() - self._last > self._silent_seconds


def leave_when_deaf(*, silent_seconds: float) -> None:
    """Makes a Celery worker of this process end itself when it hears nothing for ``silent_seconds``.

    At once and without Celery's own shutdown, which would wait for the very connection that says nothing. No task runs
    then, so nothing is cut short. Without beat, or without a broker, there is nothing to hear: a new start every so
    often does no harm.
    """

    def listen(**_: Any) -> None:
        hearing = Hearing(silent_seconds=silent_seconds)
        signals.task_prerun.connect(hearing.begin, weak=False)
        signals.task_postrun.connect(hearing.end, weak=False)
        Thread(target=_watch, args=(hearing, silent_seconds / LOOKS_PER_LIMIT), name="hearing", daemon=True).start()

    signals.worker_ready.connect(listen, weak=False)


def _watch(hearing: Hearing, every_seconds: float) -> None:
    never = Event()
    while not never.wait(every_seconds):
        if hearing.is_deaf:
            logger.error("control_worker_deaf", hint="It ends, to be started again with a new connection.")
            os._exit(os.EX_TEMPFAIL)
