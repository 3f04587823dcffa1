"""Rows that become immutable in a final state, enforced by database triggers."""

from collections.abc import Collection
from typing import Any

from django.db.migrations.operations import RunPython


def frozen_once(table: str, done: str, *, mutable: Collection[str]) -> RunPython:
    """A migration operation: rows of ``table`` whose column ``done`` is set are not deleted, nor changed.

    Only columns named in ``mutable`` still are, whoever sends the statement.
    """

    def forbid(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            _forbid_on_sqlite(schema_editor, table, done, mutable)
        else:
            _forbid_on_postgresql(schema_editor, table, done, mutable)

    def allow(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER {table}_frozen_{verb}")
        else:
            schema_editor.execute(f"DROP FUNCTION {table}_frozen() CASCADE")

    return RunPython(forbid, allow)


def closed_with(table: str, parent: str, column: str, done: str) -> RunPython:
    """A migration operation: no row of ``table`` is added once ``done`` is set in the ``parent`` that it belongs to."""
    refused = f"{parent} is frozen: nothing is added to it"
    lookup = f"SELECT 1 FROM {parent} WHERE id = NEW.{column} AND {done} IS NOT NULL"  # noqa: S608  our own names

    def forbid(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_closed BEFORE INSERT ON {table} WHEN EXISTS ({lookup}) "
                f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
            )
            return
        schema_editor.execute(
            f"CREATE FUNCTION {table}_closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF EXISTS ({lookup}) THEN RAISE EXCEPTION '{refused}' "
            f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {table}_closed BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_closed()"
        )

    def allow(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {table}_closed")
        else:
            schema_editor.execute(f"DROP FUNCTION {table}_closed() CASCADE")

    return RunPython(forbid, allow)


def _forbid_on_sqlite(schema_editor: Any, table: str, done: str, mutable: Collection[str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        columns = [each.name for each in schema_editor.connection.introspection.get_table_description(cursor, table)]
    changed = " OR ".join(f'NEW."{name}" IS NOT OLD."{name}"' for name in columns if name not in mutable)
    abort = f"BEGIN SELECT RAISE(ABORT, '{table}: what is done does not change'); END"
    schema_editor.execute(
        f"CREATE TRIGGER {table}_frozen_update BEFORE UPDATE ON {table} "
        f"WHEN OLD.{done} IS NOT NULL AND ({changed}) {abort}"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {table}_frozen_delete BEFORE DELETE ON {table} WHEN OLD.{done} IS NOT NULL {abort}"
    )


def _forbid_on_postgresql(schema_editor: Any, table: str, done: str, mutable: Collection[str]) -> None:
    left_out = ", ".join(f"'{name}'" for name in mutable)
    refusal = (
        f"RAISE EXCEPTION '{table}: what is done does not change' USING ERRCODE = 'integrity_constraint_violation';"
    )
    schema_editor.execute(
        f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF OLD.{done} IS NOT NULL THEN "
        f"IF TG_OP = 'DELETE' THEN {refusal} END IF; "
        f"IF to_jsonb(NEW) - ARRAY[{left_out}] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[{left_out}] THEN {refusal} "
        f"END IF; END IF; "
        f"IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_frozen()"
    )
