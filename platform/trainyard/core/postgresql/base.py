"""The connection: before a statement, the settings that the policies of ``row_security`` read are those of the scope.

They are sent only when they differ from what the connection has: at most one ``SET`` each time the scope changes, and
after a rollback. It goes ahead of the statement in the same message, so that it takes no round trip of its own. Inside
a transaction it is a ``SET LOCAL``, which ends with it.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.pq import TransactionStatus

from trainyard.core.row_security import ORGANIZATION_SETTING, PLATFORM, SCOPE_SETTING
from trainyard.core.scope import Scope, current_scope

STATEMENTS = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")
"""Beginnings of what may stand in one message with others, whose last result is then the statement's."""


class DatabaseWrapper(base.DatabaseWrapper):
    """``_for_session`` is what statements outside a transaction run with, ``_in_transaction`` those inside; ``None``
    is unknown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._for_session: Scope | None = None
        self._in_transaction: Scope | None = None
        self.execute_wrappers.append(self._execute_in_scope)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # One of the pool comes as somebody else left it.
        self._for_session = self._in_transaction = None
        return super().get_new_connection(conn_params)

    def _execute_in_scope(self, execute: Callable[..., Any], query: Any, params: Any, many: bool, context: Any) -> Any:
        scope, is_local = current_scope(), not self.connection.autocommit
        if not self._is_to_apply(scope):
            return execute(query, params, many, context)
        settings = _assignment(scope, is_local=is_local)
        cursor = context["cursor"].cursor
        if many or not isinstance(cursor, psycopg.ClientCursor) or not str(query).startswith(STATEMENTS):
            with self.wrap_database_errors:
                self.connection.execute(settings)
            self._applied(scope, is_local=is_local)
            return execute(query, params, many, context)
        text = settings.as_string(self.connection)
        # One message and one transaction: where the statement fails, the settings stay as they were.
        executed = execute(f"{text if params is None else text.replace('%', '%%')}; {query}", params, many, context)
        self._applied(scope, is_local=is_local)
        while cursor.nextset():
            pass
        return executed

    def _is_to_apply(self, scope: Scope) -> bool:
        status = self.connection.info.transaction_status
        if status == TransactionStatus.INERROR:
            return False  # only a rollback is possible, and no row can be read before it
        if status == TransactionStatus.IDLE:
            self._in_transaction = self._for_session
        return scope != self._in_transaction

    def _applied(self, scope: Scope, *, is_local: bool) -> None:
        self._in_transaction = scope
        if not is_local:
            self._for_session = scope

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs forget it
        self._in_transaction = None


def _assignment(scope: Scope, *, is_local: bool) -> sql.Composed:
    # SET takes no snapshot, as a SELECT of set_config() would: the transaction may still choose its isolation.
    return sql.SQL("SET {kind} {organization} = {whose}; SET {kind} {scope} = {how}").format(
        kind=sql.SQL("LOCAL" if is_local else "SESSION"),
        organization=sql.SQL(ORGANIZATION_SETTING),
        whose=sql.Literal(scope.organization_id or ""),
        scope=sql.SQL(SCOPE_SETTING),
        how=sql.Literal(PLATFORM if scope.is_platform else ""),
    )
