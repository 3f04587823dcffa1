"""The dashboard's own checks: types, lint, format and unit tests, by the Node that built it."""

import os
import subprocess
from importlib import import_module

import pytest

from tests.support.embedded import REPOSITORY

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_dashboard_passes(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    npm, variables = import_module("setup").node_tools()
    result = subprocess.run(
        [*npm, "run", script],
        cwd=REPOSITORY / "frontend",
        env={**os.environ, **variables, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
