"""Append-only tables, enforced by database triggers."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.migrations.operations import RunPython

from trainyard.core.scope import platform_scope

REDACTED = "_redacted"
"""How names of triggers end that let an UPDATE pass; a comment on each names the columns."""


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


def redacted(table: str, *, when: str, values: Mapping[str, str]) -> RunPython:
    """A migration operation: rows of an ``append_only`` table may lose what names a person, and change in nothing else.

    An UPDATE passes for rows of which the SQL ``when`` holds, if it gives each column of ``values`` what its SQL says.
    Both speak of the row as ``OLD``. Nothing may delete them, as before. A role that serves may write these columns.
    """

    def allow(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            _redact_on_sqlite(schema_editor, table, when, values)
        else:
            _redact_on_postgresql(schema_editor, table, when, values)

    def forbid(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "sqlite":
            schema_editor.execute(f"DROP FUNCTION {table}{REDACTED} CASCADE")
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
            )
            return
        schema_editor.execute(f"DROP TRIGGER {table}_no_update")
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )

    return RunPython(allow, forbid)


def _redact_on_sqlite(schema_editor: Any, table: str, when: str, values: Mapping[str, str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        columns = [each.name for each in schema_editor.connection.introspection.get_table_description(cursor, table)]
    same = {name: f'OLD."{name}"' for name in columns}
    allowed = " AND ".join([f"({when})", *(f'NEW."{name}" IS ({values.get(name, old)})' for name, old in same.items())])
    schema_editor.execute(f"DROP TRIGGER {table}_no_update")
    schema_editor.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT COALESCE({allowed}, 0) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _redact_on_postgresql(schema_editor: Any, table: str, when: str, values: Mapping[str, str]) -> None:
    left_out = ", ".join(f"'{name}'" for name in values)
    allowed = [f"({when})", *(f"NEW.{name} IS NOT DISTINCT FROM ({value})" for name, value in values.items())]
    allowed.append(f"to_jsonb(NEW) - ARRAY[{left_out}] = to_jsonb(OLD) - ARRAY[{left_out}]")
    schema_editor.execute(
        f"CREATE FUNCTION {table}{REDACTED}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT COALESCE({' AND '.join(allowed)}, false) THEN RAISE EXCEPTION '{table} is append-only' "
        f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    schema_editor.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {table}{REDACTED} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}{REDACTED}()"
    )
    # Where the role that serves is told its privileges, this says of which columns.
    schema_editor.execute(f"COMMENT ON TRIGGER {table}{REDACTED} ON {table} IS '{','.join(values)}'")
