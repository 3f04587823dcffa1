"""The connection: before a statement, the settings that the policies of ``row_security`` read are those of the scope.

They are sent only when they differ from what the connection has: at most one ``SET`` each time the scope changes, and
after a rollback. It goes ahead of the statement in the same message, so that it takes no round trip of its own. Inside
a transaction it is a ``SET LOCAL``, which ends with it.

Writes whose outcome nobody asks for (``core.deferred_writes``) wait for the next statement of their transaction, or
for its end, and go ahead of it in the same way: everything happens in the order in which it was written down.
"""

from collections.abc import Callable, Sequence
from datetime import UTC
from functools import cache, lru_cache
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg import sql
from psycopg.adapt import AdaptersMap
from psycopg.pq import Format, TransactionStatus

from trainyard.core.postgresql import statements
from trainyard.core.row_security import ORGANIZATION_SETTING, PLATFORM, SCOPE_SETTING
from trainyard.core.scope import Scope, current_scope

STATEMENTS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "SAVEPOINT ", "RELEASE ", statements.EXECUTE)
"""Beginnings of what may stand in one message with others before it."""
ROLLBACK = "ROLLBACK"
SCOPES_KEPT = 1_024
TIMES = "timestamptz"


class DatabaseWrapper(base.DatabaseWrapper):
    """``_for_session`` is what statements outside a transaction run with, ``_in_transaction`` those inside; ``None``
    is unknown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._for_session: Scope | None = None
        self._in_transaction: Scope | None = None
        self._deferred: list[str] = []
        self.execute_wrappers.append(self._execute_in_scope)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # One of the pool comes as somebody else left it.
        self._for_session = self._in_transaction = None
        self._deferred.clear()
        return super().get_new_connection(conn_params)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params["context"] = _adapters()
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        # As Django's, which sets the time zone of times that it reads: sessions are in UTC, and so are these.
        if name is None:
            return self.connection.cursor()
        cursor: Any = base.ServerSideCursor  # of which the stubs do not say how it is made
        return cursor(self.connection, name=name, scrollable=False, withhold=self.connection.autocommit)

    def statement_of(
        self, text: str, parameters: Sequence[Any], are_marks: Sequence[bool]
    ) -> statements.PreparedStatement:
        """``text`` as a session prepares it: of ``parameters`` those that are marks change from call to call."""
        self.ensure_connection()
        return statements.parameterized(text, parameters, are_marks, self.connection)

    def execution_of(self, statement: statements.PreparedStatement, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """The text and parameters by which a cursor asks for ``statement``, which the session is told first."""
        self.ensure_connection()
        if self.connection.info.transaction_status != TransactionStatus.INERROR:
            self._note_new_transaction()  # which the PREPARE may begin
            with self.wrap_database_errors:
                statements.prepare(statement, self.connection)
        return statement.execution(values)

    def defer(self, statement: str, params: Sequence[Any]) -> None:
        """Sends ``statement``, which returns nothing, before any other one of this transaction, in one message with it.

        In the scope of now. What the database has against it is raised there.
        """
        self.validate_no_broken_transaction()
        scope = current_scope()
        if self._is_to_apply(scope):
            self._deferred += _assignments(scope, is_local=True)
            self._applied(scope, is_local=True)
        self._deferred.append(self.connection.cursor().mogrify(statement, params))

    def _execute_in_scope(self, execute: Callable[..., Any], query: Any, params: Any, many: bool, context: Any) -> Any:
        def once() -> Any:
            return self._execute_once(execute, query, params, many, context)

        return statements.retrying_stale_statement(once, str(query), self.connection)

    def _execute_once(self, execute: Callable[..., Any], query: Any, params: Any, many: bool, context: Any) -> Any:
        scope, is_local = current_scope(), not self.connection.autocommit
        if str(query).startswith(ROLLBACK):
            self._deferred.clear()
        is_to_apply = self._is_to_apply(scope)
        ahead, self._deferred = self._deferred, []
        if is_to_apply:
            ahead = [*ahead, *_assignments(scope, is_local=is_local)]
        if not ahead:
            return execute(query, params, many, context)
        cursor = context["cursor"].cursor
        if many or not isinstance(cursor, psycopg.ClientCursor) or not str(query).startswith(STATEMENTS):
            self._send(ahead)
            if is_to_apply:
                self._applied(scope, is_local=is_local)
            return execute(query, params, many, context)
        text = "; ".join(ahead)
        # One message and one transaction: where the statement fails, the settings stay as they were.
        executed = execute(f"{text if params is None else text.replace('%', '%%')}; {query}", params, many, context)
        if is_to_apply:
            self._applied(scope, is_local=is_local)
        for _ in ahead:
            cursor.nextset()
        return executed

    def _is_to_apply(self, scope: Scope) -> bool:
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return False  # only a rollback is possible, and no row can be read before it
        self._note_new_transaction()
        return scope != self._in_transaction

    def _note_new_transaction(self) -> None:
        """What the last transaction ran with ended with it. To be asked before anything that begins the next one."""
        if self.connection.info.transaction_status == TransactionStatus.IDLE and not self._deferred:
            self._in_transaction = self._for_session

    def _applied(self, scope: Scope, *, is_local: bool) -> None:
        self._in_transaction = scope
        if not is_local:
            self._for_session = scope

    def _send(self, texts: Sequence[str]) -> None:
        with self.wrap_database_errors:
            self.connection.execute("; ".join(texts))

    def _commit(self) -> None:
        deferred, self._deferred = self._deferred, []
        if deferred:
            self._send([*deferred, "COMMIT"])  # after which there is nothing to commit any more
        super()._commit()  # type: ignore[misc]  # the stubs forget it

    def _rollback(self) -> None:
        self._deferred.clear()
        super()._rollback()  # type: ignore[misc]  # likewise

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # likewise
        self._in_transaction = None


@cache
def _adapters() -> AdaptersMap:
    """How values become Python's: as Django has them, but times by psycopg's compiled loader, a tenth of the work."""
    found = AdaptersMap(get_adapters_template(True, UTC))
    oid = psycopg.adapters.types[TIMES].oid
    loader: Any = psycopg.adapters.get_loader(oid, Format.TEXT)
    found.register_loader(oid, loader)
    return found


@lru_cache(SCOPES_KEPT)
def _assignments(scope: Scope, *, is_local: bool) -> tuple[str, ...]:
    # SET takes no snapshot, as a SELECT of set_config() would: the transaction may still choose its isolation.
    kind = sql.SQL("LOCAL" if is_local else "SESSION")
    values = {ORGANIZATION_SETTING: scope.organization_id or "", SCOPE_SETTING: PLATFORM if scope.is_platform else ""}
    return tuple(
        sql.SQL("SET {} {} = {}").format(kind, sql.SQL(name), sql.Literal(value)).as_string()
        for name, value in values.items()
    )
