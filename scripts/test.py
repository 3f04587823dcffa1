"""``make test``: every test on SQLite, then those that touch the database on PostgreSQL too.

PostgreSQL is the server at ``TEST_POSTGRES_URL``, else one that answers at the usual local address, else one that the
``pgserver`` wheel brings, started for this run. Arguments go to pytest.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

REPOSITORY = Path(__file__).resolve().parents[1]
USUAL_ADDRESS = "postgresql://postgres@127.0.0.1:5432/postgres"
DATABASE = "trainyard"
NO_TESTS_COLLECTED = 5


def main(arguments: list[str]) -> int:
    """Runs pytest twice and returns the first bad exit status."""
    with postgres() as address:
        if address is None:
            print("No PostgreSQL answers and none could be started: the tests that need one do not run.", flush=True)
        environment = {**os.environ, **({"TEST_POSTGRES_URL": address} if address else {})}
        statuses = [run_pytest("on SQLite", arguments, environment)]
        if address:
            environment |= {"TEST_DATABASE_URL": with_database(address, DATABASE)}
            on_postgres = ["-m", "database", "--no-header", *arguments]
            status = run_pytest("on PostgreSQL", on_postgres, environment)
            # A selection such as -k may leave nothing that touches the database.
            statuses.append(0 if status == NO_TESTS_COLLECTED and arguments else status)
    return next((status for status in statuses if status), 0)


def run_pytest(where: str, arguments: list[str], environment: dict[str, str]) -> int:
    print(f"\nTests {where}", flush=True)
    # The CI keeps one order; everywhere else the order is new each time.
    order = ["--randomly-seed=20260101"] if "CI" in os.environ else []
    # Files are handed out as they are ordered, which tests/conftest.py does, and not the fullest first. One more at
    # once than there are cores: tests of whole platforms wait for leases and restarts half of their time.
    workers = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *workers, *order, *arguments]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


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
        yield server.get_uri()


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
