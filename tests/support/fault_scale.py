"""How much of a fault test runs: a few of each in ``make test``, all of them in ``make faults``.

The only place that looks at ``TRAINYARD_FAULTS``; the code of the tests is the same.
"""

import os
from collections.abc import Callable, Iterable, Sequence

import pytest

FULL = os.environ.get("TRAINYARD_FAULTS") == "full"
SEED = 20260101
TELLING = "fault"


def times(*, quick: int, full: int) -> int:
    """How often to do something to the platform."""
    return full if FULL else quick


def time_limit(*, quick: int, full: int) -> pytest.MarkDecorator:
    """Seconds after which a test hangs."""
    return pytest.mark.timeout(full if FULL else quick)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest of ``values`` that at least ``share`` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 100 * len(ordered)) // 100) - 1)]


def hold_to(bound: float, seconds: Sequence[float]) -> None:
    """95 of a hundred take at most ``bound``: in the full form, which has the machine to itself.

    Beside everything else that is tested a time says nothing; the quick form holds what happens, and in which order.
    """
    if FULL:
        assert percentile(seconds, 0.95) <= bound, seconds


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Adds a line to what the run prints at its end of this test: what was done and what was seen."""

    def add(line: str) -> None:
        request.node.user_properties.append((TELLING, line))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = (report for reports in terminalreporter.stats.values() for report in reports)
    told = [
        (report.location[2], line)
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, line in report.user_properties
        if name == TELLING
    ]
    if told:
        terminalreporter.section("faults" if FULL else "faults, the quick form (make faults: all of them)")
    for test, line in sorted(told):
        terminalreporter.write_line(f"{test.removeprefix('test_')}: {line}")
