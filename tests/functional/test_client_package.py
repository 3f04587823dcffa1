"""The client is a package of its own: it builds, and works where nothing else of this repository is."""

import ast
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.support.embedded import REPOSITORY

SDK = REPOSITORY / "sdk"
PROJECT = tomllib.loads((SDK / "pyproject.toml").read_text())["project"]
OPTIONAL = {"pandas", "numpy", "PIL", "yaml"}
"""Imported where somebody uses them, and named by extras."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a build leaves traces beside its sources."""
    directory = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."],
        cwd=SDK, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (SDK / name).is_file():
            target = directory / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((SDK / name).read_bytes())
    run("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir",
        str(directory), str(directory / "source"))  # fmt: skip
    [built] = directory.glob("*.whl")
    return built


def run(*arguments: str, python: Path = Path(sys.executable), cwd: Path | None = None) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd or Path.home()), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        [str(python), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_it_is_typed_and_has_a_readme_a_licence_and_the_version(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    packages = {str(path.parent.relative_to(SDK)) for path in SDK.glob("trainyard_client/**/__init__.py")}
    assert packages <= {name.rpartition("/")[0] for name in names}
    assert "trainyard_client/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in names)
    version = run("-c", "from trainyard_client.version import __version__; print(__version__)", cwd=SDK).strip()
    assert f"\nVersion: {version}\n" in metadata
    assert "# trainyard-client" in metadata


def test_it_works_alone_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    """Its dependencies are those of this environment, which is offered by name alone."""
    venv.create(tmp_path / "fresh", with_pip=False)
    python = tmp_path / "fresh" / "bin" / "python"
    run("-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    [packages] = (tmp_path / "fresh" / "lib").glob("*/site-packages")
    (packages / "dependencies.pth").write_text(str(Path(httpx.__file__).parents[1]))
    assert run(str(packages.parents[2] / "bin" / "trainyard"), "--version", python=python, cwd=tmp_path).startswith(
        f"trainyard {wheel.name.split('-')[1]}"
    )
    code = (
        "import sys, trainyard_client; from trainyard_client import Client, AsyncClient, types;"
        "Client(base_url='http://yard', api_key='k').close();"
        "print(trainyard_client.__file__, [name for name in sys.modules if name.split('.')[0] in "
        "('pandas', 'numpy', 'PIL', 'yaml', 'pydantic', 'trainyard', 'trainyard_spec')])"
    )
    file, found = run("-c", code, python=python, cwd=tmp_path).split(maxsplit=1)
    assert Path(file).is_relative_to(packages)
    assert found.strip() == "[]"


def test_it_declares_all_that_it_imports() -> None:
    imported = {
        name.partition(".")[0]
        for path in SDK.glob("trainyard_client/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    declared = {requirement.partition(">")[0] for requirement in PROJECT["dependencies"]}
    assert imported - set(sys.stdlib_module_names) - {"trainyard_client"} == declared | OPTIONAL
