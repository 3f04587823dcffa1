"""One poller per web process for all clients that watch jobs there."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from math import inf
from time import monotonic
from typing import TypeVar
from weakref import WeakKeyDictionary

import structlog

from trainyard.api.actor import Actor
from trainyard.api.admission import Overloaded, Runner
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs.reporting.stream import Mark, Position, StreamUpdate, marks, news
from trainyard.tenants import impersonation
from trainyard.tenants import queries as tenants

logger = structlog.get_logger(__name__)

POLL_SECONDS = 0.5

Answer = TypeVar("Answer")


class Watch:
    """Polls every ``POLL_SECONDS`` which watched jobs have changed, and wakes only the viewers of those.

    Viewers that have read equally far share one query. Belongs to the event loop that uses it first, stores nothing
    about jobs without viewers, and does not poll while there are none.
    """

    def __init__(self) -> None:
        self._viewers: Counter[str] = Counter()
        self._marks: dict[str, Mark] = {}
        self._versions: defaultdict[str, int] = defaultdict(int)
        self._shared: defaultdict[str, dict[Position, asyncio.Task[StreamUpdate]]] = defaultdict(dict)
        self._callers: dict[Actor, tuple[float, asyncio.Task[bool]]] = {}
        self._changed = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def viewing(self, job_id: str, run: Runner) -> AsyncIterator[None]:
        """Watches the job inside the block; ``run`` looks for all who watch any."""
        self._viewers[job_id] += 1
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll(run))
        try:
            yield
        finally:
            self._viewers[job_id] -= 1
            if not self._viewers[job_id]:
                self._forget(job_id)

    def version(self, job_id: str) -> int:
        """Grows with each change; to be read before what is new."""
        return self._versions[job_id]

    async def news(self, job_id: str, position: Position, *, organization_id: str, run: Runner) -> StreamUpdate:
        """As ``stream.news``. Raises ``Overloaded``."""

        def look() -> StreamUpdate:
            with tenant_scope(organization_id):
                return news(job_id, position)

        shared = self._shared[job_id]
        task = shared.get(position)
        if task is None:
            task = shared[position] = asyncio.create_task(_awaited(run, look))
            task.add_done_callback(partial(_drop_failed, shared, position))
        return await asyncio.shield(task)

    async def may_listen(self, actor: Actor, run: Runner, *, known_for: float) -> bool:
        """Whether ``actor`` may still act; asked once every ``known_for`` seconds for all its streams together."""
        asked_at, answer = self._callers.get(actor, (-inf, None))
        if answer is None or monotonic() - asked_at >= known_for:
            answer = asyncio.create_task(_awaited(run, partial(_may_still_act, actor)))
            self._callers[actor] = (monotonic(), answer)
        return await asyncio.shield(answer)

    async def change(self, job_id: str, *, since: int, seconds: float) -> None:
        """Returns when the job has changed beyond version ``since``, or after so many ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._versions[job_id] == since:
                    await self._changed.wait()

    async def _poll(self, run: Runner) -> None:
        try:
            while self._viewers:
                await self._look(run)
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._poller = None

    async def _look(self, run: Runner) -> None:
        watched = list(self._viewers)
        try:
            found = await run(lambda: marks(watched))
        except Overloaded:
            return
        except Exception:
            # The database is away: viewers wait on, and whoever comes now is told by the view.
            logger.exception("job_watch.failed")
            return
        changed = [job_id for job_id, mark in found.items() if self._marks.get(job_id) != mark]
        for job_id in changed:
            if job_id in self._viewers:
                self._marks[job_id] = found[job_id]
                self._versions[job_id] += 1
                self._shared.pop(job_id, None)
        if changed:
            self._changed.set()
            self._changed = asyncio.Event()

    def _forget(self, job_id: str) -> None:
        for kept in (self._viewers, self._marks, self._versions, self._shared):
            kept.pop(job_id, None)
        if not self._viewers:
            self._callers.clear()


async def _awaited(run: Runner, work: Callable[[], Answer]) -> Answer:
    return await run(work)


def _may_still_act(actor: Actor) -> bool:
    if actor.is_impersonating:
        in_time = actor.ends_at is not None and database_now() < actor.ends_at
        return in_time and impersonation.is_allowed(operator_id=actor.name)
    return tenants.may_still_act(caller_id=actor.name, organization_id=actor.organization_id, now=database_now())


def _drop_failed(
    shared: dict[Position, asyncio.Task[StreamUpdate]], position: Position, task: asyncio.Task[StreamUpdate]
) -> None:
    if task.cancelled() or task.exception() is not None:
        shared.pop(position, None)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """The running event loop's own."""
    return _watches.setdefault(asyncio.get_running_loop(), Watch())
