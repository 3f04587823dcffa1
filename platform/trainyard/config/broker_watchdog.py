"""Watchdog of the broker connection: ends a control worker to which nothing comes, so that a new one is started.

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

CHECKS_PER_LIMIT = 9


class BrokerWatchdog:
    """Expires when a worker had no task for long: periodic ones come every few seconds, so its connection is dead."""

    def __init__(self, *, silent_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._silent_seconds = silent_seconds
        self._clock = clock
        self._mutex = Lock()
        self._running = 0
        self._last = clock()

    def task_started(self, **_: Any) -> None:
        """A task begins."""
        with self._mutex:
            self._running += 1

    def task_finished(self, **_: Any) -> None:
        """A task ended; until now the worker may have had no hand free for another."""
        with self._mutex:
            self._running -= 1
            self._last = self._clock()

    @property
    def has_expired(self) -> bool:
        """Whether nothing came for longer than can be."""
        with self._mutex:
            return self._running == 0 and self._clock() - self._last > self._silent_seconds


def exit_when_silent(*, silent_seconds: float) -> None:
    """Makes a Celery worker of this process end itself when it gets no task for ``silent_seconds``.

    At once and without Celery's own shutdown, which would wait for the very connection that says nothing. No task runs
    then, so nothing is cut short. Without beat, or without a broker, there are no tasks: a new start every so
    often does no harm.
    """

    def watch(**_: Any) -> None:
        watchdog = BrokerWatchdog(silent_seconds=silent_seconds)
        signals.task_prerun.connect(watchdog.task_started, weak=False)
        signals.task_postrun.connect(watchdog.task_finished, weak=False)
        Thread(
            target=_watch, args=(watchdog, silent_seconds / CHECKS_PER_LIMIT), name="broker-watchdog", daemon=True
        ).start()

    signals.worker_ready.connect(watch, weak=False)


def _watch(watchdog: BrokerWatchdog, every_seconds: float) -> None:
    never = Event()
    while not never.wait(every_seconds):
        if watchdog.has_expired:
            logger.error("broker_watchdog.expired", hint="It ends, to be started again with a new connection.")
            os._exit(os.EX_TEMPFAIL)
