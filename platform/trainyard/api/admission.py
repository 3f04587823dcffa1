"""How many requests a web process works on at once; others wait their turn, and too many are sent away.

A request at work may need a database connection, so there are as many places as the pool has connections. Some of them
are for workers alone: customers who overload the platform take no lease from a running job.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from trainyard.core.connections import release_connections, yielding_place
from trainyard.core.errors import TrainyardError

WORKER_PREFIX = "/api/worker/"
WORKERS_PART = 4
"""One of so many places is the workers'."""
PRESENT_PER_PLACE = 16
"""Requests that wait, for a place or for something else, to one at work."""
WAIT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 2
SCOPE_KEY = "trainyard.admission"

Answer = TypeVar("Answer")


class Overloaded(TrainyardError):
    status = 503
    code = "overloaded"


class Runner(Protocol):
    """Does ``work`` in a thread; the event loop goes on meanwhile."""

    def __call__(self, work: Callable[[], Answer]) -> Awaitable[Answer]: ...


class Admission:
    """``places`` for work that may use the database. Belongs to the event loop that uses it first."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._most = places * PRESENT_PER_PLACE
        self._present = 0
        self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="request")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """What ``work`` returns, done in a thread when there is a place; the thread keeps no database connection.

        Raises ``Overloaded`` when too many wait for a place, or this one has waited too long.
        """
        if self._present >= self._most:
            raise _overloaded()
        self._present += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            self._present -= 1
            raise _overloaded() from None
        except BaseException:
            self._present -= 1
            raise
        loop, context = asyncio.get_running_loop(), copy_context()
        self._loop = loop
        context.run(yielding_place.set, lambda: self._yielded(loop))
        done = loop.run_in_executor(self._threads, context.run, _releasing, work)
        # A thread cannot be interrupted: whoever asked may be gone, and its place is taken until it ends.
        done.add_done_callback(self._leave)
        return await asyncio.shield(done)

    def run_later(self, work: Callable[[], object]) -> None:
        """Has ``work`` done as ``run`` does, from whatever thread, and waits for nothing; not at all without a loop."""
        if self._loop is not None and self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self.run(work), self._loop)

    def _leave(self, _done: asyncio.Future[Any]) -> None:
        self._places.release()
        self._present -= 1

    @contextmanager
    def _yielded(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """For the thread of a request that holds a place."""
        loop.call_soon_threadsafe(self._places.release)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self._places.acquire(), loop).result()


class Doorman:
    """Knows whose request it is."""

    def __init__(self) -> None:
        places: int = settings.ENVIRONMENT.database_connections
        workers = max(1, places // WORKERS_PART)
        self._workers = Admission(workers)
        self._customers = Admission(max(1, places - workers))

    def admission_of(self, scope: Mapping[str, Any]) -> Admission:
        return self._workers if scope["path"].startswith(WORKER_PREFIX) else self._customers


def runner_of(request: HttpRequest) -> Runner:
    """How a streamed answer to ``request`` does what may use the database, piece by piece."""
    admission = request.scope.get(SCOPE_KEY) if isinstance(request, ASGIRequest) else None
    if isinstance(admission, Admission):
        return admission.run
    # Django's test client has a thread, and a transaction, of its own.
    return lambda work: sync_to_async(work)()


def later_of(request: HttpRequest) -> Callable[[Callable[[], object]], None]:
    """How what ``request`` has begun is ended when nobody is there any more to wait for it."""
    admission = request.scope.get(SCOPE_KEY) if isinstance(request, ASGIRequest) else None
    if isinstance(admission, Admission):
        return admission.run_later
    return _at_once


def _at_once(work: Callable[[], object]) -> None:
    work()


def _releasing(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    finally:
        release_connections()


def _overloaded() -> Overloaded:
    return Overloaded(
        "More requests are being answered than this platform has room for.",
        hint=f"Try again in {RETRY_AFTER_SECONDS} seconds, with fewer requests at once.",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
