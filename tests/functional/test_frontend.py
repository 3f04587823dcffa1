"""The dashboard's own unit tests, by the Node that built it; ``make lint`` checks its types, style and format."""

import os
import subprocess
from importlib import import_module

import pytest

from tests.support.embedded import REPOSITORY

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("shard", ["1/2", "2/2"])
def test_the_dashboards_tests_pass(shard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "scripts"))
    npm, variables = import_module("setup").node_tools()
    result = subprocess.run(
        [*npm, "run", "test", "--", f"--shard={shard}", "--maxWorkers=1"],
        cwd=REPOSITORY / "frontend",
        env={**os.environ, **variables, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
