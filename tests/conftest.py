"""Set-up that all tests share.

Sockets beyond loopback are blocked by pytest-socket (see addopts in pyproject.toml). It guards Python's sockets in
the test process; C libraries such as libpq and the processes that a test starts are beyond its reach.
"""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import settings

from scripts.selection import DATABASE_FOLDERS

gc.disable()  # until all is imported and collected, which stays: each collection would look through it
COLLECTED_EVERY = 20_000
"""Objects made between two collections of the youngest: Python's own 700 are for less memory than a test run has."""

# The CI tries the same examples every time, so that what it says of a change is about the change.
settings.register_profile("trainyard", parent=settings.default, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("trainyard")

pytest_plugins = (
    "tests.support.shared_groups",
    "tests.support.database_role",
    "tests.support.fault_scale",
    "tests.support.migrated",
    "tests.support.platform",
    "tests.support.redis_server",
    "tests.support.clocked_platform",
    "tests.support.shared_platform",
    "tests.support.transactional",
)

NEEDED_BY = {
    "postgres": "a PostgreSQL server; name yours in TEST_POSTGRES_URL=postgresql://user:password@host:port/database",
    "browser": "a Chromium on the PATH (Debian: apt install chromium)",
}


class WhatDidNotRun:
    """Names the tests that miss a server or a browser; under ``TRAINYARD_REQUIRE_ALL=1`` fails the run for them."""

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        # The second run of scripts/test.py, on another database, only repeats tests of the first.
        first_run = "TEST_DATABASE_URL" not in os.environ
        self.all_required = os.environ.get("TRAINYARD_REQUIRE_ALL") == "1" and first_run

    def missing(self) -> list[str]:
        return [m for m in NEEDED_BY if self.skipped[m] or (self.all_required and not self.ran[m])]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for marker in NEEDED_BY.keys() & set(report.keywords):
            if report.skipped:
                self.skipped[marker] += 1
            elif report.when == "call":
                self.ran[marker] += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.all_required and self.missing() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        yield  # after the list of failures, where it is read
        for marker in self.missing():
            line = f"Did not run: {self.skipped[marker] or 'all'} {marker} test(s). They need {NEEDED_BY[marker]}."
            terminalreporter.write_line(line, red=self.all_required, yellow=not self.all_required)


TESTS = Path(__file__).parent
WAITING, COMPUTING = "waiting", "computing"
LONG = {
    "architecture": COMPUTING,
    "functional/engine": COMPUTING,
    "properties/engine": COMPUTING,
    "faults": WAITING,
    "functional": WAITING,
    "properties": COMPUTING,
    "unit/engine": COMPUTING,
    "browser": WAITING,
    "unit/compiler": COMPUTING,
}
"""Folders whose files take long, by what they do most of the time; the first that a file is in counts."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Hands out first what takes long, or it would keep one core busy alone at the end; and by turns what waits for
    processes that it started and what computes."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "committed_db"}:
            if not item.get_closest_marker("one_database"):
                item.add_marker("database")
            if not item.nodeid.startswith(DATABASE_FOLDERS):
                folders = ", ".join(DATABASE_FOLDERS)
                raise pytest.UsageError(f"{item.nodeid} touches the database: only tests in {folders} run on both.")
    folders = {file: next((each for each in LONG if file.is_relative_to(TESTS / each)), None) for file in files}
    in_order = sorted(files, key=lambda file: [*LONG, None].index(folders[file]))
    waiting = [file for file in in_order if LONG.get(folders[file] or "") == WAITING]
    others = [file for file in in_order if LONG.get(folders[file] or "") != WAITING]
    by_turns = (file for pair in zip_longest(waiting, others) for file in pair if file)
    items[:] = [item for file in by_turns for item in files[file]]


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(COLLECTED_EVERY, *gc.get_threshold()[1:])
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _hasty_disk() -> Iterator[None]:
    """What a test's own process writes need not outlive a power cut; the processes that it starts do wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # an xdist worker reports to the process that started it
        config.pluginmanager.register(WhatDidNotRun(), "what-did-not-run")
