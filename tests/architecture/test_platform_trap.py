"""``platform/`` is a source root that must never shadow the standard library's ``platform``."""

import subprocess
import sys
import sysconfig
from pathlib import Path

from repository import ROOT, files

COLD_START = """
import platform, sys
assert "" in sys.path[:1], sys.path
import uuid, celery, django, torch
import trainyard, trainyard_spec
print(platform.__file__)
"""


def test_a_cold_python_in_the_repository_gets_the_standard_librarys_platform() -> None:
    fresh = subprocess.run(
        [sys.executable, "-c", COLD_START], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert fresh.returncode == 0, fresh.stderr
    assert Path(fresh.stdout.strip()) == Path(sysconfig.get_path("stdlib"), "platform.py")


def test_platform_holds_only_the_package_of_the_control_plane() -> None:
    assert {path.parts[1] for path in files() if path.parts[0] == "platform"} == {"trainyard"}


def test_no_tests_lie_under_the_source_roots() -> None:
    roots = {"platform", "workers", "contracts", "sdk"}
    stray = [p for p in files() if p.parts[0] in roots and (p.name == "conftest.py" or p.name.startswith("test_"))]
    assert stray == []
