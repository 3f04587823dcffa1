"""What a group of test files shares is started once, and ends with the group's last test."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytest_plugins = ["pytester"]

FIXTURES = """
import pytest
from pathlib import Path

def say(line):
    with Path({log!r}).open("a") as log:
        log.write(line + "\\n")

@pytest.fixture(scope="session")
def shared_platform():
    say("start")
    yield 1
    say("stop")

@pytest.fixture(scope="module")
def platform(shared_platform):
    yield shared_platform
    say("tenant gone")
"""
SHARING = """
import pytest
from conftest import say
pytestmark = pytest.mark.xdist_group("platform")
@pytest.mark.parametrize("number", [1, 2])
def test_it(platform, number):
    say("shared")
"""
OTHER = """
from conftest import say
def test_other():
    say("other")
"""


def test_it_ends_with_the_last_test_of_its_group(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    log = pytester.path / "log"
    pytester.makeconftest(FIXTURES.format(log=str(log)))
    pytester.makepyfile(test_a=SHARING, test_b=SHARING, test_c=OTHER)
    plugins = ("-p", "tests.support.shared_groups", "-p", "no:randomly")
    done = pytester.runpytest_subprocess("-n", "1", "--dist", "loadgroup", *plugins)
    done.assert_outcomes(passed=5)
    whole_file = ["shared", "shared", "tenant gone"]
    assert log.read_text().split("\n")[:-1] == ["start", *whole_file, *whole_file, "stop", "other"]
