"""Every dependency is declared with a reason, locked exactly, and needed."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from itertools import pairwise

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from repository import ROOT, python_files, syntax_tree

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LAYERS = ("base", "worker", "dev")
PART_OF_A_BUILD = re.compile(r"^(nvidia-|cuda-|triton)")
SOURCE_ROOTS = {"platform", "workers", "contracts", "sdk"}


def direct(layer: str) -> dict[str, Requirement]:
    lines = PROJECT["dependencies"] if layer == "base" else PROJECT["optional-dependencies"][layer]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def pins(name: str) -> dict[str, str]:
    """Versions in the lock ``requirements/<name>.txt``."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return {found["name"]: found["version"] for found in map(PIN.match, lines) if found}


MODULES_OF: dict[str, set[str]] = {}
for module, distributions in metadata.packages_distributions().items():
    for distribution in distributions:
        MODULES_OF.setdefault(canonicalize_name(distribution), set()).add(module)
MODULES_OF["psycopg"].add("dj_database_url")  # which names Django's PostgreSQL backend, which imports it

PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s+]+)(?P<hashed> \\)?$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
TORCH = pins("torch")
LOCKED = pins("dev") | TORCH


@pytest.mark.parametrize("layer", LAYERS)
def test_locks_hold_exact_pins_each_with_hashes(layer: str) -> None:
    lines = (ROOT / "requirements" / f"{layer}.txt").read_text().splitlines()
    locked = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert [line for line in locked if not HASH.match(line) and not (PIN.match(line) and line.endswith("\\"))] == []
    assert [pin for pin, after in pairwise(locked) if PIN.match(pin) and not HASH.match(after)] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_each_direct_dependency_is_pinned_as_declared(layer: str) -> None:
    locked = pins(layer) | (TORCH if layer != "base" else {})
    asked = {name: r for below in LAYERS[: LAYERS.index(layer) + 1] for name, r in direct(below).items()}
    assert [str(r) for name, r in asked.items() if not r.specifier.contains(locked[name])] == []


def test_each_list_takes_the_versions_of_the_largest() -> None:
    assert pins("base").items() <= pins("worker").items() <= pins("dev").items()


def test_a_control_plane_host_installs_no_torch_and_no_list_its_libraries() -> None:
    """What torch needs is locked by what pyproject.toml tells of its builds, which must be what they say themselves."""
    assert "torch" not in pins("base")
    assert TORCH.keys() == {"torch"}
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["dependency-metadata"]
    (of_torch,) = (each for each in told if each["name"] == "torch")
    assert of_torch["version"] == TORCH["torch"]
    needed = [r for r in map(Requirement, metadata.requires("torch") or ()) if not r.marker]
    assert {str(r) for r in needed if not PART_OF_A_BUILD.match(r.name)} == set(of_torch["requires-dist"])


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
