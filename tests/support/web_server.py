"""The real web process, alone: on a private port, over a database and a data directory of its own."""

import atexit
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from tests.support.migrated import DATABASE, lay_migrated_database
from tests.support.waiting import PATIENCE_SECONDS, wait_for

ROOT = Path(__file__).resolve().parents[2]
ROOTS = os.pathsep.join(str(ROOT / name) for name in ("platform", "workers", "contracts"))
MAKE_KEY = """
import django
django.setup()
from trainyard.core.time import database_now
from trainyard.tenants.operations import create_organization
_, issued = create_organization(name="Meadow Labs", owner_email="o@example.org", actor="tests", now=database_now())
print(issued.secret)
"""


@dataclass(frozen=True)
class WebServer:
    """``client`` is an owner's; ``pid`` the server's process."""

    client: httpx.Client
    pid: int
    data_dir: Path

    def peak_memory_bytes(self) -> int:
        """The most memory that was ever resident in the server's process."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert found is not None
        return int(found.group(1)) * 1024


@contextmanager
def web_server(data_dir: Path, *options: str, **settings: str) -> Iterator[WebServer]:
    environment = environment_of(data_dir, **settings)
    if settings.get("TRAINYARD_DATABASE_URL"):
        _run([sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"], environment)
        secret = run_python(MAKE_KEY, environment).strip()
    else:
        filled, secret = _database_with_an_owner()
        data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(filled, data_dir / DATABASE)
    with serving(data_dir / "web.log", environment, *options) as (pid, base_url):
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=f"{base_url}/api/v1", headers=headers, timeout=60) as client:
            yield WebServer(client, pid, data_dir)


@cache
def _database_with_an_owner() -> tuple[Path, str]:
    """A database to copy, made once by this process, and the key of the owner in it."""
    data_dir = Path(tempfile.mkdtemp(prefix="trainyard-tests-"))
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    lay_migrated_database(data_dir)
    secret = run_python(MAKE_KEY, environment_of(data_dir)).strip()
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        database.execute("PRAGMA journal_mode = DELETE")  # all of it in the one file
    return data_dir / DATABASE, secret


def environment_of(data_dir: Path, **settings: str) -> dict[str, str]:
    """What a process of the control plane on ``data_dir`` is started with."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": ROOTS,
        "DJANGO_SETTINGS_MODULE": "trainyard.config.settings",
        "TRAINYARD_DATA_DIR": str(data_dir),
        "TRAINYARD_SECRET_KEY": "only-for-tests-0123456789abcdefghij",
        "TRAINYARD_REDIS_URL": f"unix://{data_dir}/no-redis.sock",
        **settings,
    }


@contextmanager
def serving(log: Path, environment: dict[str, str], *options: str) -> Iterator[tuple[int, str]]:
    """A web process on a database that is there: its id, and its address."""
    command = [sys.executable, "-m", "trainyard.config.web", "--port", "0", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        port = wait_for(lambda: re.search(r"Listening on http://127\.0\.0\.1:(\d+)", log.read_text()), seconds=30)[1]
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


def run_python(code: str, environment: dict[str, str]) -> str:
    """What ``code`` prints, run beside the server with what that was started with."""
    return _run([sys.executable, "-c", code], environment)


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
