"""``make setup``: from nothing, again, after a failure, twice at once, and on a machine that lacks something.

Runs the real scripts on a small repository of their own, with an index of hand-made wheels instead of the network.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from repository import ROOT

from scripts.failures import explain_error, explain_output

NODE = """#!/bin/sh
echo v22.0.0
"""
NPM = """#!/bin/sh
echo "$*" >> ../npm-calls
if [ "$1" = ci ]; then mkdir -p node_modules; fi
if [ "$2" = build ]; then mkdir -p dist && touch dist/index.html; fi
"""


@dataclass(frozen=True)
class Checkout:
    """A repository with the set-up scripts and locks of two packages."""

    root: Path
    wheels: Path

    def add_wheel(self, name: str, version: str) -> Path:
        info = f"{name}-{version}.dist-info"
        path = self.wheels / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for file, content in {
                f"{name}.py": f"__version__ = '{version}'\n",
                f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
                f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                f"{info}/RECORD": "",
            }.items():
                wheel.writestr(zipfile.ZipInfo(file), content)  # without the time, which would change its hash
        return path

    def lock_yard(self, wheel: Path, version: str) -> None:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (self.root / "requirements" / "dev.txt").write_text(f"yard=={version} --hash=sha256:{digest}\n")

    def add_dashboard(self) -> None:
        (self.root / "frontend").mkdir()
        (self.root / "frontend" / "package.json").write_text("{}")
        (self.root / "frontend" / "package-lock.json").write_text("{}")

    def npm_calls(self) -> list[str]:
        return (self.root / "npm-calls").read_text().splitlines()

    def start_setup(self) -> subprocess.Popen[str]:
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        variables = {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "HOME": str(self.root), **offline}
        return subprocess.Popen(
            ["sh", "scripts/setup.sh"],
            cwd=self.root,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def setup(self) -> tuple[int, str]:
        with self.start_setup() as process:
            output, _ = process.communicate()
        return process.returncode, output

    def python(self, code: str) -> str:
        command = [self.root / ".venv" / "bin" / "python", "-c", code]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True).stdout.strip()


def new_checkout(directory: Path) -> Checkout:
    repository = Checkout(root=directory / "repository", wheels=directory / "wheels")
    repository.wheels.mkdir()
    shutil.copytree(ROOT / "scripts", repository.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("platform/trainyard", "workers/trainyard_worker", "contracts/trainyard_spec"):
        (repository.root / package).mkdir(parents=True)
        (repository.root / package / "__init__.py").touch()
    locks = repository.root / "requirements"
    locks.mkdir()
    (locks / "torch.txt").write_text("torch==2.13.0\n")
    (repository.root / "bin").mkdir()
    for name, script in (("node", NODE), ("npm", NPM)):
        (repository.root / "bin" / name).write_text(script)
        (repository.root / "bin" / name).chmod(0o755)
    repository.add_wheel("torch", "2.13.0+cpu")
    repository.lock_yard(repository.add_wheel("yard", "1.0"), "1.0")
    return repository


@dataclass(frozen=True)
class Installed(Checkout):
    """A checkout with a dashboard, set up; ``first`` and ``second`` are what the first two runs answered.

    ``npm_at_first`` is what these called npm for.

    Its tests share it, because making a virtual environment takes seconds, and come in any order.
    """

    first: tuple[int, str]
    second: tuple[int, str]
    npm_at_first: list[str]

    def yard(self) -> str:
        """The version of the package that is installed."""
        return self.python("import yard; print(yard.__version__)")

    def locked_yard(self) -> str:
        return (self.root / "requirements" / "dev.txt").read_text().partition(" ")[0].removeprefix("yard==")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    checkout = new_checkout(tmp_path_factory.mktemp("installed"))
    checkout.add_dashboard()
    first, second = checkout.setup(), checkout.setup()
    return Installed(checkout.root, checkout.wheels, first=first, second=second, npm_at_first=checkout.npm_calls())


def test_a_fresh_checkout_is_set_up_once(installed: Installed) -> None:
    status, output = installed.first

    assert (status, output.splitlines()[-1]) == (0, "set-up: done")
    assert installed.python("import torch, yard, trainyard, trainyard_spec; print(torch.__version__)") == "2.13.0+cpu"
    assert "repository/platform" not in installed.python("import platform; print(platform.__file__)")
    assert installed.second == (0, "set-up: up to date\n")
    assert installed.npm_at_first == ["ci --no-audit --no-fund", "run build"]


def test_a_changed_lock_is_installed_and_nothing_else_is_done(installed: Installed) -> None:
    installed.lock_yard(installed.add_wheel("yard", "1.1"), "1.1")
    before = installed.npm_calls()

    _, output = installed.setup()

    assert installed.yard() == "1.1"
    assert "virtual environment" not in output
    assert installed.npm_calls() == before


def test_changed_sources_rebuild_the_dashboard_without_installing_its_packages_again(installed: Installed) -> None:
    before = installed.npm_calls()
    (installed.root / "frontend" / "main.tsx").touch()

    installed.setup()

    assert installed.npm_calls() == [*before, "run build"]


def test_a_failed_set_up_says_what_is_missing_and_the_next_one_makes_it_good(tmp_path: Path) -> None:
    checkout = new_checkout(tmp_path)
    (checkout.wheels / "yard-1.0-py3-none-any.whl").unlink()

    status, output = checkout.setup()

    assert status == 1
    assert "the package index has no yard==1.0 for this system" in output
    kept = checkout.root / ".venv" / "kept"
    kept.touch()
    checkout.add_wheel("yard", "1.0")
    assert checkout.setup()[0] == 0
    assert checkout.python("import yard; print(yard.__version__)") == "1.0"
    assert kept.exists()


def test_a_file_that_is_not_the_locked_one_is_not_installed(installed: Installed) -> None:
    locked = (installed.root / "requirements" / "dev.txt").read_text()
    before = installed.yard()
    wheel = installed.add_wheel("yard", "6.6")
    installed.lock_yard(wheel, "6.6")
    with zipfile.ZipFile(wheel, "a") as changed:
        changed.writestr("evil.py", "")

    status, output = installed.setup()

    assert status == 1
    assert "is not the one that is locked" in output
    assert installed.yard() == before
    (installed.root / "requirements" / "dev.txt").write_text(locked)
    assert installed.setup()[0] == 0


def test_a_set_up_that_was_killed_while_installing_is_made_anew(installed: Installed) -> None:
    half_installed = installed.root / ".venv" / "lib" / "python3.11" / "site-packages" / "half.py"
    half_installed.touch()
    state = installed.root / ".venv" / "trainyard-setup.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"environment": "unfinished"}))

    assert installed.setup()[0] == 0

    assert not half_installed.exists()
    assert installed.yard() == installed.locked_yard()


def test_a_second_set_up_waits_for_the_first(installed: Installed) -> None:
    before = installed.npm_calls()
    (installed.root / "frontend" / "second.tsx").touch()
    with (installed.root / ".cache" / "setup.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = installed.start_setup()
        assert process.stdout is not None
        assert "another set-up is at work" in process.stdout.readline()
        assert installed.npm_calls() == before
    output, _ = process.communicate()
    assert (process.returncode, output.splitlines()[-1]) == (0, "set-up: done")
    assert installed.npm_calls() == [*before, "run build"]


def test_without_python_311_a_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    result = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "setup.sh"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "no Python 3.11 was found. Install it" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full. Free"),
        ("npm error code ENOSPC", "the disk is full. Free"),
        ("[Errno 13] Permission denied: '/x'", "no permission to write here"),
        (
            "NewConnectionError('<…>: Failed')\nERROR: No matching distribution found for x",
            "does not answer",
        ),
        ("npm error network request failed, reason: getaddrinfo EAI_AGAIN", "does not answer"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate is not trusted"),
        ("The virtual environment was not created because ensurepip is not available", "python3.11-venv"),
        ("ERROR: No matching distribution found for torch==2.13.0", "has no torch==2.13.0 for this system"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that is locked"),
    ],
)
def test_a_failure_is_told_as_a_sentence_that_helps(printed: str, said: str) -> None:
    assert said in explain_output("packages", printed, log=Path("setup.log"))


def test_an_unknown_failure_shows_the_end_of_the_output() -> None:
    told = explain_output("dashboard", "\n".join(f"line {n}" for n in range(100)), log=Path("setup.log"))
    assert "dashboard failed" in told
    assert told.endswith("line 99")


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "no permission to write")])
def test_a_failure_of_the_system_is_told_the_same_way(number: int, said: str) -> None:
    assert said in explain_error(OSError(number, os.strerror(number), ".venv"))
