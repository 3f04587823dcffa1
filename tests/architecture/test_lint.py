"""``make lint`` finds nothing: the parts of it that take a second.

Types of Python and the dashboard's own checks take a minute when nothing is cached; the CI runs all of ``make lint``.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("lint-imports", "--no-logo")],
    ids=["style", "format", "imports"],
)
def test_the_source_is_clean(command: tuple[str, ...]) -> None:
    name, *arguments = command
    result = subprocess.run([BIN / name, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{result.stdout}{result.stderr}"


def test_the_ci_checks_all_that_lint_does_and_runs_all_tests() -> None:
    commands = (ROOT / ".ci" / "run").read_text().splitlines()
    assert commands[-2:] == ["make lint", "exec make test"]
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("\nlint:")[2].partition("\n\n")[0]
    for command in ("ruff check .", "ruff format --check .", "lint-imports", "mypy", "npm.py run check"):
        assert command in recipe
