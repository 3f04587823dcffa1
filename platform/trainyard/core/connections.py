"""Release of the database connection and the admission place while a request waits."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from django.db import connections

yielding_place: ContextVar[Callable[[], AbstractContextManager[None]]] = ContextVar(
    "yielding_place", default=nullcontext
)
"""Gives the caller's place among those at work away, and gets one back at the end. Set by whoever admits work."""


def release_connections() -> None:
    """Returns this thread's database connections to their pool; the next query takes one again.

    Inside a transaction they stay: what waits there is to be mended where it waits.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


@contextmanager
def blocked() -> Iterator[None]:
    """Surrounds a wait for something else than the database."""
    release_connections()
    with yielding_place.get()():
        yield
