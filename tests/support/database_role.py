"""On PostgreSQL the tests work as the application's role, which owns nothing; only the tables are made by their owner.

The body of a test may touch every tenant's rows, as its set-up must. Requests begin with no scope, as in production.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from trainyard.core.scope import platform_scope


@pytest.fixture(autouse=True)
def _platform_scope() -> Iterator[None]:
    with platform_scope():
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), as_application():
        yield


def is_test_database() -> bool:
    """Whether there is a test database: pytest-django makes none when it sees no test ask for ``db``."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return bool(name == connection.creation._get_test_db_name())
    return bool(name != urlsplit(os.environ["TEST_DATABASE_URL"]).path.lstrip("/"))


@contextmanager
def as_application() -> Iterator[None]:
    """Makes the role of this test database, and every connection inside the block that role's."""
    if connection.vendor != "postgresql" or not is_test_database():
        yield
        return
    role = f"{connection.settings_dict['NAME']}_application"
    grant(role)
    _assume(role)
    yield
    _assume(None)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP OWNED BY "{role}"')
        cursor.execute(f'DROP ROLE "{role}"')


def grant(role: str | None = None) -> None:
    """Gives the role of this test database what ``prepare`` does, on tables made since too. The owner may."""
    from trainyard.core.postgresql.roles import ApplicationRole, make_application_role  # psycopg, not on SQLite

    make_application_role(connection, ApplicationRole(role or f"{connection.settings_dict['NAME']}_application"))


@contextmanager
def as_owner() -> Iterator[None]:
    """Inside the block this connection is the owner's again, whom the application's lack of rights does not bind."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


def _assume(role: str | None) -> None:
    connection.settings_dict["OPTIONS"]["options"] = f"-c role={role}" if role else ""
    connection.close()
    connection.close_pool()
