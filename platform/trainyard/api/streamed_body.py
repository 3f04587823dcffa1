"""A request body as a file object, read by a view's thread while the event loop receives it."""

import asyncio
from concurrent.futures import CancelledError, Future

from trainyard.api.incoming import IncomingBody, Message

GATHERED_BYTES = 2**20
PACKET_BYTES = 2**15
"""A message of at least so many bytes is likely to be followed by another at once."""


class StreamedBody:
    """Belongs to the event loop that creates it; only ``read`` is called from another thread."""

    def __init__(self, body: IncomingBody) -> None:
        self._body = body
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self._is_over = asyncio.Event()
        self._is_aborted = False
        self._receiving: Future[bytes] | None = None
        self._failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """What has come, at most ``size`` bytes, after a wait where there is nothing; empty at the end.

        Raises ``ConnectionResetError`` where the client is gone, and what ``IncomingBody.receive`` raises.
        """
        while not self._rest:
            if self._body.is_complete and self._failure is None:
                return b""
            self._rest = self._next()
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return taken

    def close(self) -> None:
        """Nothing is left to close: the server has the connection."""

    def abort(self) -> None:
        """Whoever reads is told that nothing comes any more: the process ends, or the answer is sent."""
        self._is_aborted = True
        self._is_over.set()
        if self._receiving is not None:
            self._receiving.cancel()

    async def wait_for_disconnect(self) -> Message:
        """For Django, which asks for nothing but the client's leaving: until the body is here, its reader finds out."""
        await self._is_over.wait()
        return await self._body.receive()

    def _next(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        if self._is_aborted:
            raise ConnectionResetError("the request is over")
        self._receiving = asyncio.run_coroutine_threadsafe(self._gather(), self._loop)
        try:
            return self._receiving.result()
        except CancelledError:
            raise ConnectionResetError("the request is over") from None

    async def _gather(self) -> bytes:
        """What comes without a pause, so that the thread is not woken for every packet."""
        gathered = bytearray()
        try:
            while len(gathered) < GATHERED_BYTES and not self._body.is_complete:
                message = await self._body.receive()
                if message["type"] == "http.disconnect":
                    raise ConnectionResetError("the client is gone")
                content = message.get("body", b"")
                gathered += content
                if len(content) < PACKET_BYTES:
                    break
        except Exception as error:
            if not gathered:
                raise
            self._failure = error  # once what came before it was read
        if self._body.is_complete and self._failure is None:
            self._is_over.set()
        return bytes(gathered)
