"""Receiving of request bodies: size limit, minimum rate, and a limit of bytes in progress per organization."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from trainyard.api.body_limits import JSON_BYTES
from trainyard.api.entrance import RequestHead
from trainyard.api.uploads import too_large
from trainyard.core.errors import QuotaExceeded, TrainyardError

LEAST_BYTES_PER_SECOND = 1_024
AT_ONCE_BYTES = 64 * 2**10
"""So much of a body the server takes in by itself."""
AT_ONCE_SECONDS = 0.05
LINGER_SECONDS = 2.0
RETRY_AFTER_SECONDS = 10

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class BodyTooSlow(TrainyardError):
    status = 408
    code = "request_timeout"


class TooMuchInFlight(QuotaExceeded):
    code = "uploads_in_flight"


class InFlight:
    """Bytes of bodies that are being received or processed in this process, by organization."""

    def __init__(self) -> None:
        self._bytes: Counter[str] = Counter()

    @contextmanager
    def counted(self, organization_id: str, *, most: int) -> Iterator[Callable[[int], None]]:
        """Gives a function that adds bytes, and raises ``TooMuchInFlight`` over ``most`` of them together."""
        mine = 0

        def add(count: int) -> None:
            nonlocal mine
            if self._bytes[organization_id] + count > most:
                raise TooMuchInFlight(
                    f"Your organization sends more than {most} bytes at once.",
                    hint="Wait until other uploads have ended, then try again.",
                    retry_after_seconds=RETRY_AFTER_SECONDS,
                )
            self._bytes[organization_id] += count
            mine += count

        try:
            yield add
        finally:
            self._bytes[organization_id] -= mine
            if self._bytes[organization_id] <= 0:
                del self._bytes[organization_id]


class IncomingBody:
    """Receives the body of a request. ``seconds`` is the time allowed in addition to the minimum rate.

    Source of the rule: Apache's mod_reqtimeout, ``body=seconds,MinRate=…``.
    """

    def __init__(self, receive: Receive, head: RequestHead, *, seconds: float) -> None:
        self._receive = receive
        self._head = head
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._first: asyncio.Future[Message] | None = None
        self._received = 0
        self.is_complete = not head.has_body
        self.count: Callable[[int], None] = lambda _: None

    async def is_here_at_once(self) -> bool:
        """Whether all of it came with the request's head, as short ones do; no more than that is read."""
        if self._head.stated_length is None or self._head.stated_length > AT_ONCE_BYTES:
            return False
        self._first = asyncio.ensure_future(self._receive())
        await asyncio.wait({self._first}, timeout=AT_ONCE_SECONDS)
        return self._first.done() and not self._first.result().get("more_body", False)

    def expect(self, count: Callable[[int], None]) -> None:
        """Tells ``count`` of the bytes: of all of them now, where they are stated, or of each as it comes.

        Raises ``UploadTooLarge`` where what is stated is too much, and what ``count`` raises.
        """
        self.check_stated()
        if self._head.stated_length is None:
            self.count = count
        else:
            count(self._head.stated_length)

    def check_stated(self) -> None:
        """Raises ``UploadTooLarge``."""
        if (self._head.stated_length or 0) > self._head.limit:
            raise self._too_large()

    async def receive(self) -> Message:
        """The next ASGI message. Raises ``UploadTooLarge``, ``BodyTooSlow`` and what ``count`` raises."""
        if self.is_complete:
            return await self._next()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._next()
        except TimeoutError:
            raise BodyTooSlow(
                "The body of the request came too slowly.", hint="Send it again, in smaller parts or faster."
            ) from None
        size = len(message.get("body", b""))
        self._received += size
        self._deadline += size / LEAST_BYTES_PER_SECOND
        self.is_complete = not message.get("more_body", False)
        if self._received > self._head.limit:
            raise self._too_large()
        self.count(size)
        return message

    async def linger(self) -> None:
        """Reads on for a moment and keeps nothing: a client that is still sending would miss the answer if the
        connection broke under it (nginx calls this lingering close)."""
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while (await self._next()).get("more_body", False):
                    pass
        except TimeoutError:
            return

    def close(self) -> None:
        """Waits for nothing any more."""
        if self._first is not None:
            self._first.cancel()

    async def _next(self) -> Message:
        if self._first is None:
            return await self._receive()
        first, self._first = self._first, None
        return await first

    def _too_large(self) -> TrainyardError:
        return too_large(self._head.limit, is_upload=self._head.limit > JSON_BYTES)
