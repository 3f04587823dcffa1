"""Runs ``manage.py up`` for a test, as a user would, and looks at it from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.support.migrated import lay_migrated_database
from tests.support.processes import engines_of
from tests.support.waiting import PATIENCE_SECONDS, wait_for
from trainyard_client import Client

REPOSITORY = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10
"""Within which a platform ends that is asked to, its children included."""


@dataclass(frozen=True)
class Embedded:
    """A running platform. ``facts`` is its ready file."""

    process: subprocess.Popen[str]
    data_dir: Path
    facts: dict[str, Any]

    def client(self, key: str = "demo_api_key") -> Client:
        return Client(base_url=self.facts["base_url"], api_key=self.facts[key])

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def service(self, *words: str) -> psutil.Process:
        """The child process whose command line holds all of ``words``."""
        return next(child for child in self.descendants() if _mentions(child, words))

    def engines(self) -> list[psutil.Process]:
        """The engine processes: what the worker's forkserver has forked."""
        return engines_of(self.service("trainyard_worker"))

    def logged(self, service: str, action: str, **values: Any) -> list[dict[str, Any]]:
        """What ``service`` has logged of ``action``, with these values."""
        lines = (self.data_dir / "logs" / f"{service}.log").read_text().splitlines()
        said = [json.loads(line) for line in lines if f'"{action}"' in line]
        return [each for each in said if each.items() >= {"action": action, **values}.items()]

    def stop(self) -> float:
        """Sends SIGTERM and returns the seconds until the process ended."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return time.monotonic() - started


def start(data_dir: Path, *, port: int = 0, **settings: str) -> subprocess.Popen[str]:
    """Starts the platform, on a free port unless told; its ready file is ``data_dir``'s sibling."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRAINYARD_", "DJANGO_"))}
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", "--data-dir", str(data_dir), "--port", str(port), "--ready-file",
         str(_ready_file(data_dir))],
        cwd=REPOSITORY, env={**environment, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@contextmanager
def running(data_dir: Path, *, port: int = 0, **settings: str) -> Iterator[Embedded]:
    """A ready platform on ``data_dir``, stopped at the end of the block.

    A directory that is missing is made with a migrated database; one that is there is taken as it is.
    """
    if not data_dir.exists():
        lay_migrated_database(data_dir)
    process = start(data_dir, port=port, **settings)
    try:
        facts = wait_for(lambda: _facts(process, data_dir))
        yield Embedded(process, data_dir, facts)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _mentions(process: psutil.Process, words: tuple[str, ...]) -> bool:
    try:
        command = process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False
    return all(any(word in part for part in command) for word in words)


def _ready_file(data_dir: Path) -> Path:
    return data_dir.with_name(f"{data_dir.name}-ready.json")


def _facts(process: subprocess.Popen[str], data_dir: Path) -> dict[str, Any] | None:
    if process.poll() is not None:
        raise RuntimeError(f"manage.py up ended early:\n{process.communicate()[0]}")
    ready_file = _ready_file(data_dir)
    try:
        facts: dict[str, Any] = json.loads(ready_file.read_text())
    except FileNotFoundError:
        return None
    return facts
