"""The connection: before a statement, the settings that the policies of ``row_security`` read are those of the scope.

They are sent only when they differ from what the connection has: at most one ``SET`` each time the scope changes, and
after a rollback. It goes ahead of the statement in the same message, so that it takes no round trip of its own. Inside
a transaction it is a ``SET LOCAL``, which ends with it.

Writes whose outcome nobody asks for (``core.deferred_writes``) wait for the next statement of their transaction, or
for its end, and go ahead of it in the same way: everything happens in the order in which it was written down.
"""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.pq import TransactionStatus

from trainyard.core.row_security import ORGANIZATION_SETTING, PLATFORM, SCOPE_SETTING
from trainyard.core.scope import Scope, current_scope

STATEMENTS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "SAVEPOINT ", "RELEASE ")
"""Beginnings of what may stand in one message with others before it."""
ROLLBACK = "ROLLBACK"


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

    def defer(self, statement: str, params: Sequence[Any]) -> None:
        """Sends ``statement``, which returns nothing, before any other one of this transaction, in one message with it.

        In the scope of now. What the database has against it is raised there.
        """
        self.validate_no_broken_transaction()
        scope = current_scope()
        if self._is_to_apply(scope):
            self._deferred += self._settings(scope, is_local=True)
            self._applied(scope, is_local=True)
        self._deferred.append(self.connection.cursor().mogrify(statement, params))

    def _execute_in_scope(self, execute: Callable[..., Any], query: Any, params: Any, many: bool, context: Any) -> Any:
        scope, is_local = current_scope(), not self.connection.autocommit
        if str(query).startswith(ROLLBACK):
            self._deferred.clear()
        is_to_apply = self._is_to_apply(scope)
        ahead, self._deferred = self._deferred, []
        if is_to_apply:
            ahead += self._settings(scope, is_local=is_local)
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
        status = self.connection.info.transaction_status
        if status == TransactionStatus.INERROR:
            return False  # only a rollback is possible, and no row can be read before it
        if status == TransactionStatus.IDLE and not self._deferred:
            self._in_transaction = self._for_session
        return scope != self._in_transaction

    def _applied(self, scope: Scope, *, is_local: bool) -> None:
        self._in_transaction = scope
        if not is_local:
            self._for_session = scope

    def _settings(self, scope: Scope, *, is_local: bool) -> list[str]:
        return [each.as_string(self.connection) for each in _assignments(scope, is_local=is_local)]

    def _send(self, statements: Sequence[str]) -> None:
        with self.wrap_database_errors:
            self.connection.execute("; ".join(statements))

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


def _assignments(scope: Scope, *, is_local: bool) -> list[sql.Composed]:
    # SET takes no snapshot, as a SELECT of set_config() would: the transaction may still choose its isolation.
    kind = sql.SQL("LOCAL" if is_local else "SESSION")
    values = {ORGANIZATION_SETTING: scope.organization_id or "", SCOPE_SETTING: PLATFORM if scope.is_platform else ""}
    return [sql.SQL("SET {} {} = {}").format(kind, sql.SQL(name), sql.Literal(value)) for name, value in values.items()]
