"""A benchmark never ends without a word: where its figures would stand, it says that there are none, and why."""

import signal
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from benchmarks import __main__ as command


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("part_of_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(command.PARTS, "part", module.__name__)
    return module


def test_what_broke_stands_where_the_figures_would(part: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    def report() -> None:
        raise TimeoutError("nobody listened")

    part.__dict__["report"] = report
    with pytest.raises(TimeoutError):
        command.main(["part"])
    assert "part ended without its figures after 0 s. TimeoutError: nobody listened" in capsys.readouterr().out


def test_a_signal_that_ends_it_is_named(part: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    part.__dict__["report"] = lambda: signal.raise_signal(signal.SIGTERM)
    with pytest.raises(SystemExit):
        command.main(["part"])
    assert "SystemExit: stopped by SIGTERM" in capsys.readouterr().out
