"""What an attempt has been told to do. Orders only ever get stronger."""

import signal
from collections.abc import Callable
from enum import IntEnum
from threading import Event, RLock

from trainyard_spec.states import DesiredState


class Order(IntEnum):
    """``FORGET``: the attempt is no longer this worker's; nothing more is said about it."""

    RUN = 0
    STOP = 1
    CANCEL = 2
    FORGET = 3


ORDER_OF: dict[DesiredState, Order] = {
    DesiredState.RUN: Order.RUN,
    DesiredState.STOP_WITH_CHECKPOINT: Order.STOP,
    DesiredState.CANCEL: Order.CANCEL,
}
SIGNAL_OF: dict[Order, signal.Signals] = {
    Order.STOP: signal.SIGTERM,
    Order.CANCEL: signal.SIGKILL,
    Order.FORGET: signal.SIGKILL,
}


class Orders:
    """The strongest order so far, as something to wait for; a weaker or repeated one changes nothing."""

    def __init__(self) -> None:
        self._strongest = Order.RUN
        self._given = {order: Event() for order in SIGNAL_OF}
        self._signal_engine: Callable[[signal.Signals], None] | None = None
        # Reentrant, because whoever signals an engine may be told at once that it is gone.
        self._mutex = RLock()

    @property
    def strongest(self) -> Order:
        return self._strongest

    def event(self, order: Order) -> Event:
        """Set once ``order`` or a stronger one has been given."""
        return self._given[order]

    def give(self, order: Order) -> bool:
        """Passes ``order`` on to the engine, if one runs. Returns whether it is news."""
        with self._mutex:
            if order <= self._strongest:
                return False
            self._strongest = order
            if self._signal_engine is not None:
                self._signal_engine(SIGNAL_OF[order])
        for weaker, event in self._given.items():
            if weaker <= order:
                event.set()
        return True

    def direct(self, signal_engine: Callable[[signal.Signals], None] | None) -> None:
        """Names the engine to signal from now on, ``None`` for none. It is told at once what was ordered before."""
        with self._mutex:
            self._signal_engine = signal_engine
            if signal_engine is not None and self._strongest is not Order.RUN:
                signal_engine(SIGNAL_OF[self._strongest])
