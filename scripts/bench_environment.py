"""Makes the environment of ``make bench-engine``: that of the project, and on top of it ``requirements/bench.txt``.

Peers must compute with the very torch that the engine computes with, and stay out of the project's own environment.
"""

import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

ENVIRONMENT = Path(".cache/bench-venv")
LOCK = Path("requirements/bench.txt")


def main() -> None:
    made_from = ENVIRONMENT / LOCK.name
    if made_from.exists() and made_from.read_bytes() == LOCK.read_bytes():
        return
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    venv.create(ENVIRONMENT, with_pip=True)
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    (packages / "trainyard.pth").write_text(f"{site.getsitepackages()[0]}\n")
    python = ENVIRONMENT / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", LOCK], check=True)
    shutil.copyfile(LOCK, made_from)


if __name__ == "__main__":
    sys.exit(main())
