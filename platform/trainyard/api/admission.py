"""Admission control: how many requests a web process works on at once; others wait or are refused.

A request in progress may need a database connection, so there are as many places as the pool has connections. Some of
them are reserved for workers, so that an overload by customers costs no running job its lease. The others are shared
between organizations (``fair_places``): an organization with many requests waits for its own, and is refused when its
own queue is full.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from trainyard.api.callers import KnownCallers
from trainyard.api.entrance import RequestHead
from trainyard.api.fair_places import FairPlaces, Turn
from trainyard.core.connections import release_connections, yielding_place
from trainyard.core.errors import TrainyardError

WORKER_PREFIX = "/api/worker/"
WORKERS_PART = 4
"""One of so many places is the workers'."""
FLOW_PLACES = 3
"""Of an organization at work in one process, by cost. A process computes one thing at a time, so that more would take
longer each, and another organization's as well."""
COSTLY = 2
"""What something takes that computes for long: with it goes one that is light, and none of its like."""
MOST_PRESENT = 192
"""Requests of one organization, at work and waiting, for a place or for something else."""
THREADS = 1_024
WAIT_SECONDS = 5.0
RETRY_AFTER_SECONDS = 2
SCOPE_KEY = "trainyard.admission"
PLATFORM = Turn("platform")

Answer = TypeVar("Answer")


class Overloaded(TrainyardError):
    status = 503
    code = "overloaded"


class Runner(Protocol):
    """Runs ``work`` in a thread, so that the event loop is not blocked."""

    def __call__(self, work: Callable[[], Answer]) -> Awaitable[Answer]: ...


class Admission:
    """``places`` for requests that may use the database. Belongs to the event loop that uses it first."""

    def __init__(self, places: int, *, places_per_flow: int) -> None:
        self._places = FairPlaces(places, places_per_flow=places_per_flow)
        self._present: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, work: Callable[[], Answer], *, turn: Turn) -> Answer:
        """What ``work`` returns, done in a thread when it is its ``turn``; the thread keeps no database connection.

        Raises ``Overloaded`` when too many of its flow are there, or this one has waited too long.
        """
        if self._present[turn.flow] >= MOST_PRESENT:
            raise _overloaded()
        self._present[turn.flow] += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire(turn)
        except TimeoutError:
            self._depart(turn)
            raise _overloaded() from None
        except BaseException:
            self._depart(turn)
            raise
        loop, context = asyncio.get_running_loop(), copy_context()
        self._loop = loop
        context.run(yielding_place.set, lambda: self._yielded(loop, turn))
        done = loop.run_in_executor(self._threads, context.run, _releasing, work)
        # A thread cannot be interrupted: whoever asked may be gone, and its place is taken until it ends.
        done.add_done_callback(lambda _: self._leave(turn))
        return await asyncio.shield(done)

    def run_later(self, work: Callable[[], object], *, turn: Turn) -> None:
        """Has ``work`` done as ``run`` does, from whatever thread, and waits for nothing; not at all without a loop."""
        if self._loop is not None and self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self.run(work, turn=turn), self._loop)

    def _leave(self, turn: Turn) -> None:
        self._places.release(turn)
        self._depart(turn)

    def _depart(self, turn: Turn) -> None:
        self._present[turn.flow] -= 1
        if not self._present[turn.flow]:
            del self._present[turn.flow]

    @contextmanager
    def _yielded(self, loop: asyncio.AbstractEventLoop, turn: Turn) -> Iterator[None]:
        """For the thread of a request that holds a place."""
        loop.call_soon_threadsafe(self._places.release, turn)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(self._places.acquire(turn, goes_on=True), loop).result()


@dataclass(frozen=True, slots=True)
class Admitted:
    """How one request was admitted, and for which organization."""

    admission: Admission
    turn: Turn

    def run(self, work: Callable[[], Answer]) -> Awaitable[Answer]:
        return self.admission.run(work, turn=self.turn)

    def run_later(self, work: Callable[[], object]) -> None:
        self.admission.run_later(work, turn=self.turn)

    def of_platform(self) -> "Admitted":
        """For what is done for every caller at once."""
        return Admitted(self.admission, PLATFORM)


class Doorman:
    """Finds the organization of a request."""

    def __init__(self) -> None:
        places: int = settings.ENVIRONMENT.database_connections
        workers = max(1, places // WORKERS_PART)
        customers = max(1, places - workers)
        self._workers = Admission(workers, places_per_flow=workers)
        self._customers = Admission(customers, places_per_flow=min(FLOW_PLACES, customers))
        self.callers = KnownCallers()

    def admitted(self, head: RequestHead) -> Admitted:
        admission = self._workers if head.scope["path"].startswith(WORKER_PREFIX) else self._customers
        return Admitted(admission, Turn(self.callers.flow(head.scope), COSTLY if head.is_costly else 1))


def runner_of(request: HttpRequest) -> Runner:
    """How a streamed answer to ``request`` does what may use the database, piece by piece."""
    admitted = request.scope.get(SCOPE_KEY) if isinstance(request, ASGIRequest) else None
    if isinstance(admitted, Admitted):
        return admitted.run
    # Django's test client has a thread, and a transaction, of its own.
    return lambda work: sync_to_async(work)()


def shared_runner_of(request: HttpRequest) -> Runner:
    """``runner_of``, for work that is not this caller's alone: no greed of one holds up the others."""
    admitted = request.scope.get(SCOPE_KEY) if isinstance(request, ASGIRequest) else None
    return admitted.of_platform().run if isinstance(admitted, Admitted) else runner_of(request)


def later_of(request: HttpRequest) -> Callable[[Callable[[], object]], None]:
    """How what ``request`` has begun is ended when nobody is there any more to wait for it."""
    admitted = request.scope.get(SCOPE_KEY) if isinstance(request, ASGIRequest) else None
    return admitted.run_later if isinstance(admitted, Admitted) else _at_once


def _at_once(work: Callable[[], object]) -> None:
    work()


def _releasing(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    finally:
        release_connections()


def _overloaded() -> Overloaded:
    return Overloaded(
        "More of your requests are being answered than this platform has room for.",
        hint=f"Try again in {RETRY_AFTER_SECONDS} seconds, with fewer requests at once.",
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
