"""Every dependency is declared with a reason, locked exactly, and needed."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from repository import ROOT, python_files, syntax_tree

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LAYERS = ("base", "worker", "dev")
SOURCE_ROOTS = {"platform", "workers", "contracts", "sdk"}


def direct(layer: str) -> dict[str, Requirement]:
    lines = PROJECT["dependencies"] if layer == "base" else PROJECT["optional-dependencies"][layer]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def pins(layer: str) -> dict[str, str]:
    """What the lock of ``layer`` adds to those below it."""
    lines = (ROOT / "requirements" / f"{layer}.txt").read_text().splitlines()
    return {found["name"]: found["version"] for found in map(PIN.match, lines) if found}


MODULES_OF: dict[str, set[str]] = {}
for module, distributions in metadata.packages_distributions().items():
    for distribution in distributions:
        MODULES_OF.setdefault(canonicalize_name(distribution), set()).add(module)
MODULES_OF["psycopg"].add("dj_database_url")  # which names Django's PostgreSQL backend, which imports it

PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s+]+)$")
LOCKED = {name: version for layer in LAYERS for name, version in pins(layer).items()}


@pytest.mark.parametrize("layer", LAYERS)
def test_locks_hold_exact_pins_without_build_or_hash(layer: str) -> None:
    lines = (ROOT / "requirements" / f"{layer}.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith(("#", "    #", "-r ")) and not PIN.match(line)] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_each_direct_dependency_is_pinned_as_declared(layer: str) -> None:
    reachable = {name for below in LAYERS[: LAYERS.index(layer) + 1] for name in pins(below)}
    assert direct(layer).keys() <= reachable
    assert [str(r) for name, r in direct(layer).items() if not r.specifier.contains(LOCKED[name])] == []


def test_a_control_plane_host_installs_no_torch() -> None:
    assert "torch" not in pins("base")
    assert LOCKED["torch"] == "2.13.0"


def test_what_is_locked_is_installed_and_needed() -> None:
    wrong = {name: version for name, version in LOCKED.items() if base_version(name) != version}
    assert wrong == {}
    assert LOCKED.keys() - needed_by_someone() == set()


@pytest.mark.parametrize("layer", ["base", "worker"])
def test_each_dependency_of_production_is_used(layer: str) -> None:
    used = set(top_level_names())
    modules = {name: MODULES_OF.get(name, {name}) for name in direct(layer)}
    assert [name for name, offered in modules.items() if not offered & used] == []


def top_level_names() -> Iterator[str]:
    """What our source imports, or names in a string as Django's settings do."""
    for path in python_files():
        for node in ast.walk(syntax_tree(path)) if path.parts[0] in SOURCE_ROOTS else ():
            match node:
                case ast.Import(names=names):
                    yield from (alias.name.split(".")[0] for alias in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module.split(".")[0]
                case ast.Constant(value=str(text)):
                    yield text.split(".")[0]


def base_version(name: str) -> str:
    return metadata.version(name).partition("+")[0]


def needed_by_someone() -> set[str]:
    """Direct dependencies and all that any locked package may ask for on some system or with some extra."""
    needed = {name for layer in LAYERS for name in direct(layer)}
    for name in LOCKED:
        needed.update(canonicalize_name(Requirement(line).name) for line in metadata.requires(name) or ())
    return needed


def test_each_direct_dependency_has_its_reason() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| \S.*\|$", (ROOT / "docs" / "dependencies.md").read_text(), re.M)
    assert sorted(rows) == sorted((name, layer) for layer in LAYERS for name in direct(layer))


def test_the_client_asks_for_nothing_that_is_not_locked() -> None:
    client = tomllib.loads((ROOT / "sdk" / "pyproject.toml").read_text())["project"]
    asked = [Requirement(line) for line in client["dependencies"]]
    assert {canonicalize_name(r.name) for r in asked} <= direct("base").keys()
    assert [str(r) for r in asked if not r.specifier.contains(LOCKED[canonicalize_name(r.name)])] == []
