"""Sans-I/O calls: a call is a generator of effects, which a driver performs, at once or awaited.

``Steps[T]`` ends with a ``T``. ``Flow[T]`` yields an ``Item`` for each ``T`` among its effects. Written so, a call
knows retries, pages and streams, and not whether it is awaited; see ``drivers``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    import httpx

    from trainyard_client.core.retries import RetryPolicy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, relative to ``/api/v1/`` unless ``path`` is a whole address. ``files`` are sent as multipart."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    files: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    read_timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Sends a request and reads its whole response."""

    request: Request


@dataclass(frozen=True, slots=True)
class Open:
    """Sends a request and leaves the body to be read by ``Chunk``, but for an error's; closed with the call at last."""

    request: Request


@dataclass(frozen=True, slots=True)
class Chunk:
    """Reads on in an open response: bytes, or ``None`` at its end."""

    response: httpx.Response


@dataclass(frozen=True, slots=True)
class Close:
    """Ends an open response."""

    response: httpx.Response


@dataclass(frozen=True, slots=True)
class Sleep:
    """Waits, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads a monotonic clock, in seconds."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Reads the client's retry policy."""


@dataclass(frozen=True, slots=True)
class Blocking:
    """Calls what takes its time, such as reading a disk; on an event loop in a thread."""

    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """One of what a ``Flow`` tells."""

    value: T


Effect: TypeAlias = Exchange | Open | Chunk | Close | Sleep | Clock | Policy | Blocking
Steps: TypeAlias = Generator[Effect, Any, T]
Flow: TypeAlias = Generator["Effect | Item[T]", Any, None]


def sleep(seconds: float) -> Steps[None]:
    """Waits ``seconds``."""
    yield Sleep(seconds)


def clock() -> Steps[float]:
    """Seconds of a clock that never goes back."""
    now: float = yield Clock()
    return now


def policy() -> Steps[RetryPolicy]:
    """What the client retries, and for how long."""
    found: RetryPolicy = yield Policy()
    return found


def blocking(call: Callable[[], T]) -> Steps[T]:
    """What ``call`` returns, without holding up an event loop."""
    result: T = yield Blocking(call)
    return result


def exchange(request: Request) -> Steps[httpx.Response]:
    """The response to ``request``, whatever its status."""
    response: httpx.Response = yield Exchange(request)
    return response


def open_response(request: Request) -> Steps[httpx.Response]:
    """The open response to ``request``, whatever its status."""
    response: httpx.Response = yield Open(request)
    return response


def next_chunk(response: httpx.Response) -> Steps[bytes | None]:
    """The next bytes of an open response, or ``None`` at its end."""
    chunk: bytes | None = yield Chunk(response)
    return chunk
