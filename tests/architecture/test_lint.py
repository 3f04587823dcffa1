"""``make lint`` finds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("lint-imports", "--no-logo"), ("mypy",)],
    ids=["style", "format", "imports", "types"],
)
@pytest.mark.timeout(600)
def test_the_source_is_clean(command: tuple[str, ...]) -> None:
    name, *arguments = command
    result = subprocess.run([BIN / name, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{result.stdout}{result.stderr}"
