"""Drivers that perform the effects of calls: blocking, or on an event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import httpx

from trainyard_client.core.retries import RetryPolicy
from trainyard_client.core.steps import (
    Blocking,
    Chunk,
    Clock,
    Close,
    Effect,
    Exchange,
    Flow,
    Item,
    Open,
    Policy,
    Request,
    Sleep,
    Steps,
)

T = TypeVar("T")


class SyncDriver:
    """Performs calls at once. Threads may share it."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        policy: RetryPolicy,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.http = http
        self._policy = policy
        self._sleep = sleep
        self._clock = clock

    def run(self, steps: Steps[T]) -> T:
        """What ``steps`` end with."""
        streams: dict[httpx.Response, Iterator[bytes]] = {}
        step: Callable[[], Effect] = partial(next, steps)
        try:
            while True:
                step = self._after(steps, step(), streams)
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            _close_all(streams)

    def iterate(self, flow: Flow[T]) -> Iterator[T]:
        """What ``flow`` tells, as it is asked for."""
        streams: dict[httpx.Response, Iterator[bytes]] = {}
        step: Callable[[], Effect | Item[T]] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration:
                    return
                if isinstance(effect, Item):
                    yield effect.value
                    step = partial(flow.send, None)
                else:
                    step = self._after(flow, effect, streams)
        finally:
            flow.close()
            _close_all(streams)

    def _after(self, steps: Any, effect: Effect, streams: dict[httpx.Response, Iterator[bytes]]) -> Callable[[], Any]:
        try:
            return partial(steps.send, self._perform(effect, streams))
        except BaseException as error:
            return partial(steps.throw, error)

    def _perform(self, effect: Effect, streams: dict[httpx.Response, Iterator[bytes]]) -> Any:
        match effect:
            case Exchange(request):
                return self.http.send(built(self.http, request))
            case Open(request):
                response = self.http.send(built(self.http, request), stream=True, follow_redirects=True)
                if response.is_error:
                    response.read()
                streams[response] = response.iter_bytes()
                return response
            case Chunk(response):
                return next(streams[response], None)
            case Close(response):
                streams.pop(response, None)
                return response.close()
            case Sleep(seconds):
                return self._sleep(seconds)
            case Clock():
                return self._clock()
            case Policy():
                return self._policy
            case Blocking(call):
                return call()


class AsyncDriver:
    """Performs calls on the running event loop."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        policy: RetryPolicy,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.http = http
        self._policy = policy
        self._sleep = sleep
        self._clock = clock

    async def run(self, steps: Steps[T]) -> T:
        """What ``steps`` end with."""
        streams: dict[httpx.Response, AsyncIterator[bytes]] = {}
        step: Callable[[], Effect] = partial(next, steps)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration as done:
                    result: T = done.value
                    return result
                step = await self._after(steps, effect, streams)
        finally:
            await _aclose_all(streams)

    async def iterate(self, flow: Flow[T]) -> AsyncIterator[T]:
        """What ``flow`` tells, as it is asked for."""
        streams: dict[httpx.Response, AsyncIterator[bytes]] = {}
        step: Callable[[], Effect | Item[T]] = partial(next, flow)
        try:
            while True:
                try:
                    effect = step()
                except StopIteration:
                    return
                if isinstance(effect, Item):
                    yield effect.value
                    step = partial(flow.send, None)
                else:
                    step = await self._after(flow, effect, streams)
        finally:
            flow.close()
            await _aclose_all(streams)

    async def _after(
        self, steps: Any, effect: Effect, streams: dict[httpx.Response, AsyncIterator[bytes]]
    ) -> Callable[[], Any]:
        try:
            return partial(steps.send, await self._perform(effect, streams))
        except BaseException as error:
            return partial(steps.throw, error)

    async def _perform(self, effect: Effect, streams: dict[httpx.Response, AsyncIterator[bytes]]) -> Any:
        match effect:
            case Exchange(request):
                return await self.http.send(built(self.http, request))
            case Open(request):
                response = await self.http.send(built(self.http, request), stream=True, follow_redirects=True)
                if response.is_error:
                    await response.aread()
                streams[response] = response.aiter_bytes()
                return response
            case Chunk(response):
                return await anext(streams[response], None)
            case Close(response):
                streams.pop(response, None)
                return await response.aclose()
            case Sleep(seconds):
                return await self._sleep(seconds)
            case Clock():
                return self._clock()
            case Policy():
                return self._policy
            case Blocking(call):
                return await asyncio.to_thread(call)


def built(http: httpx.Client | httpx.AsyncClient, request: Request) -> httpx.Request:
    """``request`` as httpx sends it, with the client's address, key and limits."""
    timeout = {**http.timeout.as_dict(), **({"read": request.read_timeout} if request.read_timeout else {})}
    return http.build_request(
        request.method,
        request.path,
        params=dict(request.params) or None,
        json=request.json,
        content=request.content,
        files=request.files,
        headers=dict(request.headers),
        timeout=httpx.Timeout(**timeout),
    )


def _close_all(streams: dict[httpx.Response, Iterator[bytes]]) -> None:
    for response in streams:
        response.close()


async def _aclose_all(streams: dict[httpx.Response, AsyncIterator[bytes]]) -> None:
    for response in streams:
        await response.aclose()
