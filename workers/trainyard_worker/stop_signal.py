"""Stop signal of an attempt: continue, stop with a checkpoint, or end at once.

Its level only rises, so that a late or repeated reply of the control plane cannot revoke a stop.
"""

import signal
from collections.abc import Callable
from enum import IntEnum
from threading import Event, RLock

from trainyard_spec.states import DesiredState


class StopLevel(IntEnum):
    """Urgency of a stop. ``LOST``: the attempt belongs to this worker no longer, which sends nothing more about it."""

    RUN = 0
    STOP = 1
    CANCEL = 2
    LOST = 3


STOP_LEVEL_OF: dict[DesiredState, StopLevel] = {
    DesiredState.RUN: StopLevel.RUN,
    DesiredState.STOP_WITH_CHECKPOINT: StopLevel.STOP,
    DesiredState.CANCEL: StopLevel.CANCEL,
}
SIGNAL_OF: dict[StopLevel, signal.Signals] = {
    StopLevel.STOP: signal.SIGTERM,
    StopLevel.CANCEL: signal.SIGKILL,
    StopLevel.LOST: signal.SIGKILL,
}


class StopSignal:
    """The highest level requested so far; threads can wait for it. A lower or repeated level changes nothing."""

    def __init__(self) -> None:
        self._strongest = StopLevel.RUN
        self._given = {level: Event() for level in SIGNAL_OF}
        self._signal_engine: Callable[[signal.Signals], None] | None = None
        # Reentrant, because whoever signals an engine may be told at once that it is gone.
        self._mutex = RLock()

    @property
    def strongest(self) -> StopLevel:
        return self._strongest

    def event(self, level: StopLevel) -> Event:
        """Set once ``level`` or a stronger one has been given."""
        return self._given[level]

    def raise_to(self, level: StopLevel) -> bool:
        """Passes ``level`` on to the engine, if one runs. Returns whether it is news."""
        with self._mutex:
            if level <= self._strongest:
                return False
            self._strongest = level
            if self._signal_engine is not None:
                self._signal_engine(SIGNAL_OF[level])
        for weaker, event in self._given.items():
            if weaker <= level:
                event.set()
        return True

    def attach_engine(self, signal_engine: Callable[[signal.Signals], None] | None) -> None:
        """Names the engine to signal from now on, ``None`` for none. It is told at once what was requested before."""
        with self._mutex:
            self._signal_engine = signal_engine
            if signal_engine is not None and self._strongest is not StopLevel.RUN:
                signal_engine(SIGNAL_OF[self._strongest])
