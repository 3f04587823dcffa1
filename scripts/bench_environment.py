"""Makes an environment on top of the project's own: ``bench`` from ``requirements/bench.txt``, and so on.

Peers must compute with the very torch that the engine computes with, and stay out of the project's own environment;
so does what asks the API in ``make fuzz-api``.
"""

import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path


def main(name: str = "bench") -> None:
    environment, lock = Path(f".cache/{name}-venv"), Path(f"requirements/{name}.txt")
    made_from = environment / lock.name
    if made_from.exists() and made_from.read_bytes() == lock.read_bytes():
        return
    shutil.rmtree(environment, ignore_errors=True)
    venv.create(environment, with_pip=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    # Through ``addsitedir``, so that what stands in .pth files there counts too.
    (packages / "trainyard.pth").write_text(f"import site; site.addsitedir({site.getsitepackages()[0]!r})\n")
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", lock], check=True)
    shutil.copyfile(lock, made_from)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
