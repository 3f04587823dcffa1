"""Makes ``.cache/focus-venv`` from ``requirements/focus.txt``: focus-validator, which wants another Python than ours.

It asks for 3.12 at least, and what it pins has wheels for no later one. ``TRAINYARD_FOCUS_PYTHON`` names such a Python;
else it is looked for on the PATH and among those of pyenv.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VERSION = "3.12"
ENVIRONMENT, LOCK = Path(".cache/focus-venv"), Path("requirements/focus.txt")


def main() -> int:
    made_from = ENVIRONMENT / LOCK.name
    if made_from.exists() and made_from.read_bytes() == LOCK.read_bytes():
        return 0
    found = next((each for each in candidates() if version_of(each) == VERSION), None)
    if found is None:
        print(f"focus: no Python {VERSION} here; name one in TRAINYARD_FOCUS_PYTHON=/path/to/python{VERSION}")
        return 1
    subprocess.run([found, "-m", "venv", "--clear", ENVIRONMENT], check=True)
    python = ENVIRONMENT / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", LOCK], check=True)
    shutil.copyfile(LOCK, made_from)
    return 0


def candidates() -> Iterator[str]:
    """Programs that may be a Python of that version, the one that was named first."""
    if named := os.environ.get("TRAINYARD_FOCUS_PYTHON"):
        yield named
    if on_path := shutil.which(f"python{VERSION}"):
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{VERSION}*/bin/python{VERSION}"), reverse=True))


def version_of(python: str) -> str | None:
    """Its version as ``3.12``; nothing where it does not run, as a shim does not that leads to no Python."""
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


if __name__ == "__main__":
    sys.exit(main())
