"""``make test``: every test on SQLite and, beside that, those that touch the database on PostgreSQL too.

Arguments go to pytest. Where ``-k`` selects tests and nothing names files, only those are imported that may hold one.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from scripts.postgres import postgres, with_database
from scripts.selection import DATABASE_FOLDERS, files_for

REPOSITORY = Path(__file__).resolve().parents[1]
DATABASE = "trainyard"
CORES = os.cpu_count() or 1
FEW_FILES = 10
"""One process has run these before several have imported them."""
NO_TESTS_COLLECTED = 5
HASTY_SESSIONS = {"PGOPTIONS": "-c synchronous_commit=off"}
"""A server may be somebody's: it keeps its settings, and only the tests' own sessions do not wait for its disk."""


@dataclass(frozen=True)
class Selection:
    """What pytest is given on SQLite, and on PostgreSQL (``None``: nothing of it touches the database)."""

    everywhere: list[str]
    touching: list[str] | None
    is_small: bool = False
    needs_postgres: bool = True
    """Whether tests on SQLite need a PostgreSQL, too."""


def main(arguments: Sequence[str]) -> int:
    """Runs pytest on both databases at once and returns the first bad exit status."""
    selection = select(arguments)
    with ExitStack() as stack:
        address = stack.enter_context(postgres()) if selection.needs_postgres else None
        print("\nTests on SQLite", flush=True)
        settings = {"TEST_POSTGRES_URL": address, **HASTY_SESSIONS} if address else {}
        # One more at once than there are cores: tests of whole platforms wait for leases and restarts half their time.
        processes = 0 if selection.is_small else CORES + 1
        on_sqlite = stack.enter_context(start_pytest(processes, selection.everywhere, settings))
        statuses: list[int] = []
        if selection.touching is not None:
            address = address or stack.enter_context(postgres())
            processes = 0 if selection.is_small else max(1, CORES // 2)
            statuses.append(run_on_postgres(address, processes, selection.touching, on_sqlite))
    return next((status for status in [status_of(on_sqlite), *statuses] if status), 0)


def run_on_postgres(
    address: str | None, processes: int, arguments: Sequence[str], on_sqlite: subprocess.Popen[bytes]
) -> int:
    """Runs the tests that touch the database, and shows what they printed once those on SQLite have ended."""
    if address is None:
        status_of(on_sqlite)
        print("No PostgreSQL answers and none could be started: the tests that need one did not run.", flush=True)
        return 0
    with TemporaryFile() as output:
        database = {"TEST_POSTGRES_URL": address, "TEST_DATABASE_URL": with_database(address, DATABASE)}
        options = ["-m", "database", "--no-header", "-o", "cache_dir=.pytest_cache/postgresql"]
        if sys.stdout.isatty():
            options.append("--color=yes")
        run = start_pytest(processes, [*options, *arguments], database | HASTY_SESSIONS, output)
        status_of(on_sqlite)
        status = status_of(run)
        print("\nTests on PostgreSQL", flush=True)
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()
    # A selection may leave nothing that touches the database.
    return 0 if status == NO_TESTS_COLLECTED else status


def select(arguments: Sequence[str]) -> Selection:
    """Which files to look into for what ``arguments`` ask."""
    if any((REPOSITORY / argument.partition("::")[0]).exists() for argument in arguments):
        return Selection([*arguments], [*arguments])
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-k")
    expression = parser.parse_known_args(arguments)[0].k
    paths = files_for(expression) if expression else []
    if not paths:
        return Selection([*arguments], [*DATABASE_FOLDERS, *arguments])
    print(f"{len(paths)} files hold what -k asks for.", flush=True)
    files = [str(path.relative_to(REPOSITORY)) for path in paths]
    touching = [file for file in files if file.startswith(DATABASE_FOLDERS)]
    return Selection(
        everywhere=[*files, *arguments],
        touching=[*touching, *arguments] if touching else None,
        is_small=len(files) <= FEW_FILES,
        needs_postgres=any("postgres" in path.read_text() for path in paths),
    )


def start_pytest(
    processes: int, arguments: Sequence[str], settings: dict[str, str], output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    # The CI keeps one order; everywhere else the order is new each time.
    order = ["--randomly-seed=20260101"] if "CI" in os.environ else []
    # Files, and groups of files that share a platform, are handed out as tests/conftest.py orders them, and not the
    # fullest first.
    workers = ["-n", str(processes), "--dist", "loadgroup", "--no-loadscope-reorder", "--durations", "10"]
    command = [sys.executable, "-m", "pytest", *workers, *order, *arguments]
    errors = subprocess.STDOUT if output else None
    # Hundreds of processes import the same sources: whoever compiled one keeps that for all others.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment | settings, stdout=output, stderr=errors)


def status_of(process: subprocess.Popen[bytes]) -> int:
    """The exit status of a process, waited for."""
    try:
        return process.wait()
    except KeyboardInterrupt:  # pytest was interrupted, too, and tells what it has seen so far
        return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
