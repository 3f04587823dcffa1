"""Watchdog of an engine: kills it if it takes no step any more, or does not stop when asked to."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from enum import Enum, auto
from threading import Event, Thread
from time import monotonic

import structlog

from trainyard_worker.stop_signal import StopLevel, StopSignal

log = structlog.get_logger()

OVERSLEPT_SECONDS = 5.0
"""Who wakes up so much too late was stopped itself, and can judge nobody's silence."""


@dataclass(frozen=True, slots=True)
class WatchdogLimits:
    """How long an engine may be silent, in seconds.

    Up to its first step ``start_seconds``; from then on ``factor`` times the longest silence between two signs of
    progress so far, and never less than ``floor_seconds``. One that was asked to stop has ``stop_seconds`` to end.
    """

    start_seconds: float
    factor: float
    floor_seconds: float
    stop_seconds: float


class WatchdogVerdict(Enum):
    """``HANG``: took no step. ``IGNORED_STOP``: did not stop."""

    HANG = auto()
    IGNORED_STOP = auto()


class Watchdog:
    """Kills the engine from a thread of its own and stores its ``verdict``; ``None`` while there is no violation."""

    def __init__(
        self, kill: Callable[[signal.Signals], None], *, stop_signal: StopSignal, limits: WatchdogLimits
    ) -> None:
        self._kill = kill
        self._stop_signal = stop_signal
        self._limits = limits
        self._closed = Event()
        self._paused = False
        self._steps = 0
        self._longest = 0.0
        self._last = monotonic()
        self.verdict: WatchdogVerdict | None = None
        self._thread = Thread(target=copy_context().run, args=(self._run,), name="watchdog", daemon=True)
        self._thread.start()

    @property
    def limit_seconds(self) -> float:
        """How long the engine may be silent as things stand."""
        if self._steps == 0:
            return self._limits.start_seconds
        return max(self._limits.factor * self._longest, self._limits.floor_seconds)

    def progressed(self) -> None:
        """The engine took a step. The time up to its first step says nothing about those that follow."""
        now = monotonic()
        if self._steps:
            self._longest = max(self._longest, now - self._last)
        self._steps += 1
        self._last = now

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While the block runs it is we who keep the engine waiting."""
        self._paused = True
        started = monotonic()
        try:
            yield
        finally:
            self._last += monotonic() - started
            self._paused = False

    def close(self) -> None:
        """The engine has ended."""
        self._closed.set()

    def _run(self) -> None:
        stop = self._stop_signal.event(StopLevel.STOP)
        while not stop.is_set() and not self._closed.is_set():
            left = self._last + self.limit_seconds - monotonic()
            if self._paused:
                left = self._limits.floor_seconds
            elif left <= 0:
                self._end(WatchdogVerdict.HANG)
                return
            # The first step may shorten the limit, though never below the floor.
            self._sleep(stop, min(left, self._limits.floor_seconds))
        if not self._closed.wait(self._limits.stop_seconds):
            self._end(WatchdogVerdict.IGNORED_STOP)

    def _sleep(self, until: Event, seconds: float) -> None:
        before = monotonic()
        until.wait(seconds)
        if (late := monotonic() - before - seconds) > OVERSLEPT_SECONDS:
            self._last += late

    def _end(self, verdict: WatchdogVerdict) -> None:
        self.verdict = verdict
        log.error("engine.hung", verdict=verdict.name.lower(), silent_seconds=round(monotonic() - self._last, 1))
        self._kill(signal.SIGKILL)
