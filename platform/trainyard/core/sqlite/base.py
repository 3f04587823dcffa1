"""The connection: closing it gives it back to the process's pool, unless something is wrong with it."""

import os
import sqlite3
from typing import Any
from weakref import WeakSet

from django.db.backends.sqlite3 import base

from trainyard.core.sqlite.pool import POOL, FileIdentity, file_identity

KEPT = "kept_connections"
"""The option that says how many idle connections a process keeps; none without it."""


class DatabaseWrapper(base.DatabaseWrapper):
    """``_identity`` is the file that the connection was opened on, ``_process`` the process that did."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()
        self._identity: FileIdentity | None = None
        self._process = 0
        self._is_altered = False

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params.pop(KEPT, None)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        path = str(conn_params["database"])
        self._cursors.clear()  # those of a connection before this one
        self._is_altered, self._process = False, os.getpid()
        before = file_identity(path)
        kept = POOL.take(path) if self._most_kept() else None
        connection: sqlite3.Connection = kept or super().get_new_connection(conn_params)
        self._identity = before if before == file_identity(path) else None  # it changed: whose this is nobody knows
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        self._cursors.add(cursor)
        return cursor

    def disable_constraint_checking(self) -> bool:
        self._is_altered = True  # whoever has it next must not find it so, should this one forget
        return super().disable_constraint_checking()

    def _close(self) -> None:
        connection = self.connection
        if connection is None or self._identity is None or not self._is_as_opened(connection):
            super()._close()  # type: ignore[misc]  # the stubs forget it
            return
        with self.wrap_database_errors:
            for cursor in list(self._cursors):
                cursor.close()  # a statement that was not read to its end would hold what it sees in place
        path = str(self.settings_dict["NAME"])
        POOL.give(path, connection, identity=self._identity, most=self._most_kept())

    def _most_kept(self) -> int:
        return 0 if self.is_in_memory_db() else int(self.settings_dict["OPTIONS"].get(KEPT, 0))

    def _is_as_opened(self, connection: sqlite3.Connection) -> bool:
        is_ours = self._process == os.getpid()
        is_idle = not (self.in_atomic_block or connection.in_transaction)
        return is_ours and is_idle and not (self._is_altered or self.errors_occurred)
