"""Append-only tables, enforced by the database itself."""

from collections.abc import Callable
from typing import Any

from django.db.migrations.operations import RunPython

from trainyard.core.scope import platform_scope


def append_only(*tables: str) -> RunPython:
    """A migration operation: an UPDATE or DELETE on any of ``tables`` fails from now on, whoever sends it."""
    return RunPython(_each(tables, _forbid), _each(tables, _allow))


def never_truncated(*tables: str) -> RunPython:
    """A migration operation: nor can any of these ``append_only`` tables be emptied, which fires no trigger of rows.

    SQLite empties a table by a DELETE.
    """
    return RunPython(_each(tables, _forbid_truncate), _each(tables, _allow_truncate))


def append_only_again(*tables: str) -> RunPython:
    """A migration operation to follow one that changed ``append_only`` tables: SQLite makes such a table anew."""
    return RunPython(_each(tables, _forbid_again), RunPython.noop)


def filled(table: str, assignment: str) -> RunPython:
    """A migration operation: gives a new column of an ``append_only`` table its values, in SQL.

    For a column with a default: SQLite has made the table anew for it, without triggers. ``append_only_again`` follows.
    """

    def fill(apps: Any, schema_editor: Any) -> None:
        is_sqlite = schema_editor.connection.vendor == "sqlite"
        with platform_scope():
            if not is_sqlite:
                schema_editor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
            schema_editor.execute(f"UPDATE {table} SET {assignment}")  # noqa: S608  written by a migration
            if not is_sqlite:
                schema_editor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")

    return RunPython(fill, RunPython.noop)


def _each(tables: tuple[str, ...], change: Callable[[Any, str], None]) -> Callable[[Any, Any], None]:
    def run(apps: Any, schema_editor: Any) -> None:
        for table in tables:
            change(schema_editor, table)

    return run


def _forbid(schema_editor: Any, table: str) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    schema_editor.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


def _forbid_again(schema_editor: Any, table: str) -> None:
    if schema_editor.connection.vendor == "sqlite":
        _forbid(schema_editor, table)


def _allow(schema_editor: Any, table: str) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    schema_editor.execute(f"DROP FUNCTION {table}_append_only()")


def _forbid_truncate(schema_editor: Any, table: str) -> None:
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        )


def _allow_truncate(schema_editor: Any, table: str) -> None:
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
