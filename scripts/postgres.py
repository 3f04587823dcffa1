"""A PostgreSQL for tests and measurements.

The server at ``TEST_POSTGRES_URL``, else one that answers at the usual local address, else one that the ``pgserver``
wheel brings, started for this run.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

USUAL_ADDRESS = "postgresql://postgres@127.0.0.1:5432/postgres"
HASTY = ("fsync", "full_page_writes", "synchronous_commit")


@contextmanager
def postgres() -> Iterator[str | None]:
    """The address of a PostgreSQL that may create databases, or ``None``."""
    named = os.environ.get("TEST_POSTGRES_URL")
    for address in [named] if named else [USUAL_ADDRESS]:
        if answers(address):
            yield address
            return
    if named:
        sys.exit("No PostgreSQL answers at TEST_POSTGRES_URL. Correct it, or unset it to use one from a wheel.")
    with TemporaryDirectory(prefix="trainyard-postgres-", ignore_cleanup_errors=True) as directory:
        yield from start_from_wheel(Path(directory))


def start_from_wheel(directory: Path) -> Iterator[str | None]:
    import pgserver

    # The server runs as a user of its own when this is root: it must be able to enter the directory.
    directory.chmod(0o755)
    try:
        server = pgserver.get_server(directory / "data")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"pgserver could not start: {error}", file=sys.stderr)
        yield None
        return
    with server:
        do_not_wait_for_the_disk(server.get_uri())
        yield server.get_uri()


def do_not_wait_for_the_disk(address: str) -> None:
    """For a server whose data nobody needs once it has stopped."""
    with psycopg.connect(address, autocommit=True) as connection:
        for setting in HASTY:
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


def answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def with_database(address: str, name: str) -> str:
    """``address`` with the database replaced by ``name``."""
    before, _, query = address.partition("?")
    return f"{before.rpartition('/')[0]}/{name}{'?' + query if query else ''}"
