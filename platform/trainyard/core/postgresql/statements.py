"""Prepared statements of a session: PREPARE once, then EXECUTE with the values, so that nothing is planned again.

Source: https://www.postgresql.org/docs/16/sql-prepare.html. By these commands and not by the protocol's messages:
``EXECUTE`` may stand in one message with what is sent ahead of it. The policies of ``row_security`` are part of the
plan and read the settings of each execution.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.db import DatabaseError
from psycopg import sql

EXECUTE = "EXECUTE "
STALE = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)
"""A migration has changed the type of a column that is read, or somebody has discarded what was prepared."""


class PreparedStatement(NamedTuple):
    """``name`` follows from ``text``, so that whatever a session knows by it is the same statement."""

    name: str
    text: str

    def execution(self, values: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
        """What asks for it with ``values``, one for each of its parameters, for a cursor that binds by itself."""
        marks = f" ({', '.join(['%s'] * len(values))})" if values else ""
        return f"{EXECUTE}{self.name}{marks}", tuple(values)


class _Session:
    """``was_reset``: what the server still knows by a name is no longer to be used."""

    def __init__(self) -> None:
        self.known: dict[str, PreparedStatement] = {}
        self.was_reset = False


_SESSIONS: WeakKeyDictionary[Any, _Session] = WeakKeyDictionary()


def parameterized(
    text: str, parameters: Sequence[Any], are_marks: Sequence[bool], connection: Any
) -> PreparedStatement:
    """``text`` with a parameter in place of each of ``parameters`` that is a mark; the others stand as they are.

    Each place is a parameter of its own, whose type its surroundings tell.
    """
    written, number = [], 0
    for value, is_mark in zip(parameters, are_marks, strict=True):
        number += is_mark
        kind = "::timestamptz" if isinstance(value, datetime) else ""  # as its literal has one, and a text's has none
        written.append(f"${number}{kind}" if is_mark else sql.Literal(value).as_string(connection))
    filled = text % tuple(written)
    return PreparedStatement(f"ty_{sha256(filled.encode()).hexdigest()[:24]}", filled)


def prepare(statement: PreparedStatement, connection: "psycopg.Connection[Any]") -> None:
    """Has the session know ``statement``; one message the first time, none later."""
    session = _SESSIONS.setdefault(connection, _Session())
    if statement.name in session.known:
        return
    forget = "DEALLOCATE ALL; " if session.was_reset else ""
    command = f"{forget}PREPARE {statement.name} AS {statement.text}"
    connection.execute(command.encode())
    session.was_reset = False
    session.known[statement.name] = statement


def retrying_stale_statement(execute: Callable[[], Any], query: str, connection: "psycopg.Connection[Any]") -> Any:
    """Executes ``query``; outside a transaction once more if a prepared statement has become stale."""
    try:
        return execute()
    except DatabaseError as error:
        session = _SESSIONS.get(connection)
        if session is None or not isinstance(error.__cause__, STALE) or not query.startswith(EXECUTE):
            raise
        known, session.known, session.was_reset = session.known, {}, True
        if not connection.autocommit:
            raise
        for name in known.keys() & set(query.replace(";", " ").split()):
            prepare(known[name], connection)
        return execute()
