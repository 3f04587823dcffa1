"""A database whose transactions really commit, for tests that need several connections at once.

The usual ``db`` fixture rolls one connection's transaction back; Django's ``TransactionTestCase`` empties the tables,
which append-only triggers forbid. Here SQLite gets a throw-away copy of the migrated database in a file (so that
threads wait for its lock as in production), and PostgreSQL its own database, emptied afterwards by its superuser, for
whom triggers can be put aside.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections
from django.db.backends.utils import CursorWrapper
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from tests.support.database_role import as_application, as_owner, is_test_database

Result = TypeVar("Result")


@pytest.fixture(scope="session")
def migrated_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database. pytest-django makes none when it sees no test of this run ask for ``db``."""
    if is_test_database():
        yield
        return
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        with as_application():
            yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def committed_db(migrated_db: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[None]:
    """The migrated database, empty; everything may commit. Never together with ``db``, which would not see it."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            yield from _copied_sqlite(tmp_path / "committed.sqlite3")
        else:
            yield
            _empty_postgres()


def _empty_postgres() -> None:
    """What a test wrote goes. To flush a hundred tables, of which it wrote to a few, takes seconds."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in _written_tables(cursor):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
            for sequence in connection.introspection.get_sequences(cursor, table):
                cursor.execute(f"ALTER SEQUENCE {connection.ops.quote_name(sequence['name'])} RESTART")
        cursor.execute("RESET session_replication_role")


def _written_tables(cursor: CursorWrapper) -> list[str]:
    """The tables with rows, but for those that Django fills when it migrates."""
    kept = {model._meta.db_table for model in (ContentType, Permission)}
    tables = [table for table in connection.introspection.django_table_names(only_existing=True) if table not in kept]
    quoted = {table: connection.ops.quote_name(table) for table in tables}
    looks = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name})" for table, name in quoted.items())
    cursor.execute(" UNION ALL ".join(looks))
    return [table for (table,) in cursor.fetchall()]


def _copied_sqlite(path: Path) -> Iterator[None]:
    original = connections["default"]
    original.ensure_connection()
    with sqlite3.connect(path) as copy:
        original.connection.backup(copy)
    copy.close()
    settings = original.settings_dict
    name = settings["NAME"]
    settings["NAME"] = str(path)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = original
        settings["NAME"] = name


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """Runs ``calls`` in as many threads with a connection each, started together; what each returned or raised."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result | Exception:
        barrier.wait(timeout=60)
        try:
            return call()
        except Exception as error:  # the caller asserts on it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        # Each in a copy of the test's context: it may touch what the test may.
        started = [pool.submit(copy_context().run, run, call) for call in calls]
        return [each.result() for each in started]
