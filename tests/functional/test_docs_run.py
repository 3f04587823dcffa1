"""What README, tutorial and how-to show is run as it stands, against a platform of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedded import REPOSITORY, Embedded, running

FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"

pytestmark = pytest.mark.timeout(600)


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of ``language`` in a document of the repository."""
    return [code for found, code in FENCED.findall((REPOSITORY / document).read_text()) if found == language]


def block(document: str, language: str, *, holding: str) -> str:
    """The only such block with ``holding`` in it."""
    [found] = [code for code in blocks(document, language) if holding in code]
    return found


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with running(tmp_path_factory.mktemp("docs") / "data") as platform:
        yield platform


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table that the README writes."""
    directory = tmp_path_factory.mktemp("table")
    (directory / ".venv").symlink_to(Path(sys.prefix))
    run(directory, ["bash", "-euc", block("README.md", "sh", holding="write_irises")])
    return directory / "irises.csv"


@pytest.fixture
def reader(platform: Embedded, table: Path, tmp_path: Path) -> Path:
    """A directory as a reader has it: ``.venv`` and ``.data`` in place, and the table that the README writes."""
    (tmp_path / ".data").symlink_to(platform.data_dir)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "manage.py").symlink_to(REPOSITORY / "manage.py")
    shutil.copy(table, tmp_path)
    return tmp_path


def run(reader: Path, command: list[str], **settings: str) -> str:
    roots = os.pathsep.join(str(REPOSITORY / root) for root in ("sdk", "contracts", "workers", "."))
    environment = {"PATH": os.environ["PATH"], "HOME": str(reader), "PYTHONPATH": roots, **settings}
    done = subprocess.run(command, cwd=reader, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_python_of_the_readme_and_then_its_engine_commands(platform: Embedded, reader: Path) -> None:
    code = block("README.md", "python", holding="Client")
    printed = run(reader, [sys.executable, "-c", code.replace(ADDRESS, platform.facts["base_url"])])
    assert "accuracy" in printed
    assert "probabilities" in printed

    run(reader, ["bash", "-euc", block("README.md", "sh", holding="trainyard_engine")])
    assert (reader / "run" / "model.safetensors").is_file()


def shell_of(document: str, platform: Embedded, reader: Path) -> str:
    """What all shell blocks of ``document`` print, run one after the other in one shell."""
    script = "\n".join(["shopt -s expand_aliases", *blocks(document, "sh")])
    return run(reader, ["bash", "-euc", script.replace(ADDRESS, platform.facts["base_url"])])


def test_the_shell_of_the_tutorial(platform: Embedded, reader: Path) -> None:
    printed = shell_of("docs/tutorial.md", platform, reader)
    assert "test_metrics" in printed
    assert "available" in printed


def test_the_shell_of_accounts(platform: Embedded, reader: Path) -> None:
    printed = shell_of("docs/how-to/accounts.md", platform, reader)
    for seen in ("Confirm your e-mail address", '"role":"owner"', "/invitations/ty_invite_", "manifest.json", "org_"):
        assert seen in printed, printed


def test_the_shell_of_the_operators(platform: Embedded, reader: Path) -> None:
    printed = shell_of("docs/how-to/operate-a-pool.md", platform, reader)
    for seen in ("is draining", "is active", "guaranteed_slots", "h100", "0.0002", "rules hold for"):
        assert seen in printed, printed


@pytest.fixture
def tenant(platform: Embedded, reader: Path) -> dict[str, str]:
    """The environment of a tenant who has set address and key, and has the command on the PATH."""
    command = reader / "bin" / "trainyard"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trainyard_client "$@"\n')
    command.chmod(0o755)
    key, address = platform.facts["demo_api_key"], platform.facts["base_url"]
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    return {"TRAINYARD_URL": address, "TRAINYARD_API_KEY": key, "PATH": path}


def test_the_python_of_the_client(reader: Path, tenant: dict[str, str]) -> None:
    code = "\n".join(blocks("docs/how-to/python-client.md", "python"))
    printed = run(reader, [sys.executable, "-W", "error", "-c", code], **tenant)
    for seen in ("probability_setosa", "succeeded", "Did you mean epochs?", "model.safetensors", "no model by that id"):
        assert seen in printed, printed


def test_the_shell_of_fine_tuning(platform: Embedded, reader: Path, tenant: dict[str, str]) -> None:
    header, *rows = (reader / "irises.csv").read_text().splitlines(keepends=True)
    (reader / "few.csv").write_text("".join([header, *rows[::6]]))
    with platform.client() as client:
        parent = client.train(reader / "irises.csv", target="species", task="tabular_classification")
    shell = block("docs/how-to/fine-tune.md", "sh", holding="--init-from")
    printed = run(reader, ["bash", "-euc", shell], MODEL=parent.id, **tenant)
    with platform.client() as client:
        [child] = client.models.list(init_from=parent.id)
    assert child.id in printed


def test_the_readme_of_the_client(reader: Path, tenant: dict[str, str]) -> None:
    code, shell = block("sdk/README.md", "python", holding="Client"), block("sdk/README.md", "sh", holding="login")
    assert "probability_setosa" in run(reader, [sys.executable, "-c", code], **tenant)
    printed = run(reader, ["bash", "-euc", shell], **tenant)
    assert "Logged in as" in printed
    assert '"test_metrics"' in printed
    assert json.loads((reader / ".config" / "trainyard" / "profiles.json").read_text())["current"] == "default"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_is_named_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", (REPOSITORY / document).read_text()))
    assert named <= targets
