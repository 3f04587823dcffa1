"""What a long-lived process makes of what its host can do, and of what its operator wishes."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.insider import ROOT
from trainyard_common.sandbox import Sandbox, SandboxKind, SandboxMode
from trainyard_common.sandbox.host import SandboxRequired, sandbox_of_host
from trainyard_worker.settings import InvalidSettings, load_settings

ENVIRONMENT = {"PYTHONPATH": str(ROOT / "contracts"), "PATH": os.environ["PATH"]}
PYTHON = Path(sys.executable)


@pytest.fixture
def python_without(tmp_path: Path) -> Path:
    """An interpreter on a host that has Landlock alone."""
    fake = tmp_path / "python"
    found = Sandbox(SandboxKind.LANDLOCK, missing=("No namespaces: unshare: Operation not permitted.",))
    fake.write_text(f"#!/bin/sh\ncat <<'END'\n{found.as_json()}\nEND\n")
    fake.chmod(0o755)
    return fake


def test_auto_takes_what_there_is(with_namespaces: Sandbox, python_without: Path) -> None:
    assert sandbox_of_host(SandboxMode.AUTO, python=PYTHON, environment=ENVIRONMENT) == with_namespaces
    assert (
        sandbox_of_host(SandboxMode.AUTO, python=python_without, environment=ENVIRONMENT).kind is SandboxKind.LANDLOCK
    )


def test_required_takes_nothing_less(with_namespaces: Sandbox, python_without: Path) -> None:
    assert sandbox_of_host(SandboxMode.REQUIRED, python=PYTHON, environment=ENVIRONMENT) == with_namespaces
    with pytest.raises(SandboxRequired, match=r"cannot build one: No namespaces: unshare.*TRAINYARD_SANDBOX=auto"):
        sandbox_of_host(SandboxMode.REQUIRED, python=python_without, environment=ENVIRONMENT)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives engines a user of their own")
def test_without_libraries_that_others_may_read_there_is_no_own_user(with_namespaces: Sandbox, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "contracts/trainyard_common", tmp_path / "trainyard_common")
    (tmp_path / "trainyard_common").chmod(0o700)
    found = sandbox_of_host(SandboxMode.AUTO, python=PYTHON, environment={**ENVIRONMENT, "PYTHONPATH": str(tmp_path)})
    assert (found.kind, found.user) == (with_namespaces.kind, None)
    assert "No user of their own for engines" in found.missing[0]
    assert "Permission denied" in found.missing[0]


def test_off_says_that_it_is_off() -> None:
    found = sandbox_of_host(SandboxMode.OFF, python=Path("/nowhere"), environment={})
    assert found.kind is SandboxKind.NONE
    assert "TRAINYARD_SANDBOX=off" in found.missing[0]


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false", "/bin/echo"])
def test_what_cannot_be_found_out_is_no_sandbox(python: str) -> None:
    found = sandbox_of_host(SandboxMode.AUTO, python=Path(python), environment=ENVIRONMENT)
    assert found.kind is SandboxKind.NONE
    assert "could not be found out" in found.missing[0]


def test_a_wrong_wish_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (("CONTROL_PLANE_URL", "http://x"), ("BROKER_URL", "redis://x"), ("STATE_DIR", str(tmp_path))):
        monkeypatch.setenv(f"TRAINYARD_WORKER_{name}", value)
    monkeypatch.setenv("TRAINYARD_SANDBOX", "required")
    assert load_settings().sandbox is SandboxMode.REQUIRED
    monkeypatch.setenv("TRAINYARD_SANDBOX", "please")
    with pytest.raises(InvalidSettings, match=r"^TRAINYARD_SANDBOX: .*'required', 'auto' or 'off'"):
        load_settings()
