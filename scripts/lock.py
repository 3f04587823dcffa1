"""Writes ``requirements/``: the exact version of everything that gets installed, with the hashes of its files.

uv resolves pyproject.toml, the largest list first, whose versions the smaller ones take. Pins stay as they are unless
pyproject.toml asks for something else; ``--upgrade`` takes the newest there is. torch has a list of its own without
hashes: each index has other builds of it, and what such a build brings with it (CUDA libraries) is left to that.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCKS = Path("requirements")
HEADER = "# Written by `make lock` from pyproject.toml. Do not edit.\n"
EXTRAS: dict[str, tuple[str, ...]] = {"dev": ("worker", "dev"), "worker": ("worker",), "base": ()}
COMPILE = [
    *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet", "--generate-hashes"),
    *("--no-emit-package=torch", "--no-header", "--annotation-style=line"),
    # The oldest Python that there may be asks for the most; hashes are those of all files, whatever the platform.
    *("--python-version=3.11.0", "--python-platform=x86_64-manylinux_2_28"),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    for name, extras in EXTRAS.items():
        lock, most = LOCKS / f"{name}.txt", LOCKS / "dev.txt"
        wanted = [f"--extra={extra}" for extra in extras] + [f"--output-file={lock}"]
        wanted += upgrade if lock == most else [f"--constraint={most}"]
        if status := subprocess.run([*COMPILE, *wanted], cwd=ROOT).returncode:
            print("lock: where the pins in use are in the way, `make lock UPGRADE=1` helps.", file=sys.stderr)
            return status
        (ROOT / lock).write_text(HEADER + (ROOT / lock).read_text().removeprefix(HEADER))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted_by_workers = project["optional-dependencies"]["worker"]
    (torch,) = (line for line in wanted_by_workers if Requirement(line).name == "torch")
    (ROOT / LOCKS / "torch.txt").write_text(f"{HEADER}{torch}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
