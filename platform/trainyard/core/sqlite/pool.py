"""Connection pool for SQLite: what a thread gives back open, another goes on with.

To open one reads the whole schema, makes Django's functions and sets the pragmas; to close the last one copies the
write-ahead log into the database. Either takes longer than most requests need for their queries.
"""

import atexit
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple


class FileIdentity(NamedTuple):
    """Which file a path names. A database that was deleted, or put in place of another, is another file."""

    device: int
    inode: int


class _Kept(NamedTuple):
    connection: sqlite3.Connection
    identity: FileIdentity


def file_identity(path: str) -> FileIdentity | None:
    """``None`` where there is no file."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return FileIdentity(status.st_dev, status.st_ino)


class ConnectionPool:
    """Idle connections of this process, by the path of their database; the one given back last is taken first.

    There are never more than threads that had one at a time. A forked child uses none of its parent's: SQLite's locks
    are a process's own.
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[_Kept]] = {}
        self._inherited: list[dict[str, list[_Kept]]] = []
        self._lock = Lock()
        self._is_closed = False
        os.register_at_fork(after_in_child=self._leave_to_parent)
        atexit.register(self.close)

    def take(self, path: str) -> sqlite3.Connection | None:
        """An open connection to the file that ``path`` names now, which the caller has for itself; ``None`` without."""
        identity = file_identity(path)
        while True:
            with self._lock:
                kept = self._kept.get(path)
                if not kept:
                    return None
                newest = kept.pop()
            if newest.identity == identity:
                return newest.connection
            _close(newest.connection)

    def give(self, path: str, connection: sqlite3.Connection, *, identity: FileIdentity, most: int) -> None:
        """Keeps ``connection``, which nobody uses any more, or closes it where ``most`` of its database are kept."""
        with self._lock:
            kept = self._kept.setdefault(path, [])
            if not self._is_closed and len(kept) < most:
                kept.append(_Kept(connection, identity))
                return
        _close(connection)

    def idle(self, path: str) -> int:
        """How many connections to ``path`` nobody uses."""
        with self._lock:
            return len(self._kept.get(path, ()))

    def clear(self, path: str) -> None:
        """Closes what is kept of ``path``."""
        with self._lock:
            kept = self._kept.pop(path, [])
        for one in kept:
            _close(one.connection)

    def close(self) -> None:
        """Closes all, and keeps nothing that is given back later."""
        with self._lock:
            self._is_closed = True
            paths = list(self._kept)
        for path in paths:
            self.clear(path)

    def _leave_to_parent(self) -> None:
        self._lock = Lock()  # another thread of the parent may have held it
        self._inherited.append(self._kept)  # never closed: that could take the parent's locks away
        self._kept = {}


def _close(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):
        connection.close()


POOL = ConnectionPool()
"""The process's own."""
