"""The role as which the processes serve: it reads and writes rows, and owns, alters and bypasses nothing."""

from dataclasses import dataclass

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from trainyard.core.append_only import REDACTED

APPEND_ONLY_TRIGGER = "%_append_only"
REDACTED_TRIGGER = f"%{REDACTED}"


class UnsafeRole(ValueError):
    """The role may do more than read and write rows, so that row-level security would not bind it."""


@dataclass(frozen=True, slots=True)
class ApplicationRole:
    """``password`` is ``None`` for a role that nobody logs in as."""

    name: str
    password: str | None = None


def make_application_role(connection: BaseDatabaseWrapper, role: ApplicationRole) -> None:
    """Makes ``role`` where it is missing, sets its password, and grants it the rows of every table there is.

    Safe to repeat. The connection belongs to the owner of the tables. Raises ``UnsafeRole``.
    """
    name = sql.Identifier(role.name)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # Roles belong to the whole server: two that prepare at once take turns.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('trainyard.roles'))")
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role.name])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {}").format(name))
        _check(connection, role.name)
        if role.password is not None:
            cursor.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(role.password)))
        schema = sql.SQL("SCHEMA {}").format(sql.Identifier(_current_schema(connection)))
        for privileges in (
            sql.SQL("USAGE ON {}"),
            sql.SQL("SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN {}"),
            sql.SQL("USAGE, SELECT ON ALL SEQUENCES IN {}"),
        ):
            cursor.execute(sql.SQL("GRANT {} TO {}").format(privileges.format(schema), name))
        for table in _append_only_tables(connection):
            cursor.execute(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name))
        for table, columns in _redacted_columns(connection):
            written = sql.SQL(", ").join(map(sql.Identifier, columns))
            cursor.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(written, sql.Identifier(table), name))


def bypassed_by(connection: BaseDatabaseWrapper, *, role: str | None = None) -> list[str]:
    """Why row-level security does not bind ``role``, or the one that is connected; empty where it does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.rolsuper, r.rolbypassrls, EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid "
            "AND c.relnamespace = current_schema()::regnamespace) FROM pg_roles r WHERE r.rolname = "
            "COALESCE(%s, current_user)",
            [role],
        )
        is_superuser, bypasses, owns = cursor.fetchone()
    reasons = {"is a superuser": is_superuser, "has BYPASSRLS": bypasses, "owns tables": owns}
    return [reason for reason, holds in reasons.items() if holds]


def _check(connection: BaseDatabaseWrapper, name: str) -> None:
    if reasons := bypassed_by(connection, role=name):
        raise UnsafeRole(f"The role {name} {' and '.join(reasons)}.")


def _current_schema(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def _append_only_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """What ``immutable.append_only`` guards by a trigger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relnamespace = current_schema()::regnamespace AND t.tgname LIKE %s",
            [APPEND_ONLY_TRIGGER],
        )
        return [name for (name,) in cursor.fetchall()]


def _redacted_columns(connection: BaseDatabaseWrapper) -> list[tuple[str, list[str]]]:
    """What ``append_only.redacted`` guards by a trigger, and the columns of each that may be written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, obj_description(t.oid, 'pg_trigger') FROM pg_trigger t JOIN pg_class c "
            "ON c.oid = t.tgrelid WHERE c.relnamespace = current_schema()::regnamespace AND t.tgname LIKE %s",
            [REDACTED_TRIGGER],
        )
        return [(table, columns.split(",")) for table, columns in cursor.fetchall()]
