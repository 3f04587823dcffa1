"""Connections that never say what they want (Slowloris): each has so long for the head of a request.

uvicorn only ends connections that stay silent between two requests. Bodies have a time of their own
(``trainyard.api.incoming``).
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from trainyard.config.environment import environment


class TimedProtocol(H11Protocol):
    """Closes a connection whose request head is not complete ``header_seconds`` after it was first waited for.

    At the top of the module, because a server of several processes hands it to each of them by name.
    """

    header_seconds = environment().header_seconds

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.header_seconds, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        is_waiting = self.conn.their_state is h11.IDLE
        if is_waiting and self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self.transport.close)
        elif not is_waiting:
            self._stop_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
