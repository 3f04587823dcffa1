"""Writes requirements/base.txt, worker.txt and dev.txt: the exact version of everything that gets installed.

pip resolves the direct dependencies of pyproject.toml once, all of them together, so that the three fit each other.
Pins stay as they are unless pyproject.toml asks for something else; ``--upgrade`` takes the newest there is.
What a particular build of torch brings with it (CUDA libraries) is left to that build and not locked.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "requirements"
PROJECT = "trainyard"
LAYERS = ("base", "worker", "dev")
PART_OF_A_TORCH_BUILD = re.compile(r"^(nvidia-|cuda-|triton)")
HEADER = "# Written by `make lock` from pyproject.toml. Do not edit.\n"


class Package(NamedTuple):
    version: str
    requires: tuple[Requirement, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    direct = direct_dependencies()
    packages = resolve([r for layer in LAYERS for r in direct[layer]], upgrade=parser.parse_args().upgrade)
    locked: dict[str, set[str]] = {}
    for index, layer in enumerate(LAYERS):
        wanted_by = closure(direct[layer], packages)
        below = LAYERS[index - 1] if index else None
        lines = [f"-r {below}.txt\n"] if below else []
        for name in sorted(wanted_by.keys() - locked.keys()):
            lines.append(f"{name}=={packages[name].version}\n    # for {', '.join(sorted(wanted_by[name]))}\n")
        locked |= wanted_by
        (LOCKS / f"{layer}.txt").write_text(HEADER + "".join(lines))
    return 0


def direct_dependencies() -> dict[str, list[Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    layers = {"base": project["dependencies"], **project["optional-dependencies"]}
    return {layer: [Requirement(line) for line in layers[layer]] for layer in LAYERS}


def resolve(requirements: list[Requirement], *, upgrade: bool) -> dict[str, Package]:
    """Asks pip what it would install into an empty environment. Exits with pip's words when it finds no answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("" if upgrade else "\n".join(kept_pins(requirements)))
        constraints.flush()
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report=-"]
        command += [f"--constraint={constraints.name}", *map(str, requirements)]
        answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if answer.returncode:
        sys.exit(f"{answer.stderr}lock: pip failed. Where the pins in use are in the way, `make lock UPGRADE=1` helps.")
    found: dict[str, Package] = {}
    for item in json.loads(answer.stdout)["install"]:
        metadata = item["metadata"]
        requires = tuple(Requirement(line) for line in metadata.get("requires_dist", ()))
        found[canonicalize_name(metadata["name"])] = Package(metadata["version"].partition("+")[0], requires)
    return found


def kept_pins(requirements: list[Requirement]) -> list[str]:
    """The pins in use, less those that pyproject.toml has moved away from."""
    asked = {str(canonicalize_name(r.name)): r.specifier for r in requirements}
    pins = []
    for layer in LAYERS:
        file = LOCKS / f"{layer}.txt"
        for line in file.read_text().splitlines() if file.exists() else []:
            name, equal, version = line.partition("==")
            if equal and (name not in asked or asked[name].contains(version, prereleases=True)):
                pins.append(f"{name}=={version}")
    return pins


def closure(direct: list[Requirement], packages: dict[str, Package]) -> dict[str, set[str]]:
    """Every package that ``direct`` leads to, each with the packages that asked for it."""
    wanted_by: dict[str, set[str]] = {}
    seen: set[tuple[str, str]] = set()
    queue = [(requirement, PROJECT) for requirement in direct]
    while queue:
        requirement, parent = queue.pop()
        name = canonicalize_name(requirement.name)
        if parent == "torch" and PART_OF_A_TORCH_BUILD.match(name):
            continue
        wanted_by.setdefault(name, set()).add(parent)
        for extra in {"", *requirement.extras} - {e for n, e in seen if n == name}:
            seen.add((name, extra))
            queue += [(r, name) for r in packages[name].requires if applies(r, extra)]
    return wanted_by


def applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


if __name__ == "__main__":
    sys.exit(main())
