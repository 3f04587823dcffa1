"""Whoever waits holds no database connection, and no place that somebody who works could have."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

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


@cache
def keep_database_open() -> BaseDatabaseWrapper | None:
    """Has this process keep one idle connection to SQLite to its end; of a server's there is a pool.

    Whichever connection is the last to close copies the write-ahead log into the database, and the next to write
    begins a new one: several fsyncs more at each request that has the database to itself.
    """
    if connections[DEFAULT_DB_ALIAS].vendor != "sqlite":
        return None
    kept = connections[DEFAULT_DB_ALIAS].copy()
    try:
        with kept.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master").fetchone()
    except DatabaseError:
        kept.close()  # whoever needs the database says what is wrong with it
        return None
    return kept


@contextmanager
def blocked() -> Iterator[None]:
    """Surrounds a wait for something else than the database."""
    release_connections()
    with yielding_place.get()():
        yield
