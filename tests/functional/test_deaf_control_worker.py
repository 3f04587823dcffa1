"""A control worker that is connected and hears nothing ends, for its keeper to start another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.redis_server import running_redis

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("platform", "workers", "contracts", "sdk")
COMMAND = ("celery", "-A", "trainyard.config.celery", "worker", "-Q", "control", "-P", "threads")
ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")

pytestmark = pytest.mark.timeout(600)


def test_it_ends_when_nothing_comes(tmp_path: Path) -> None:
    socket = tmp_path / "redis.sock"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(REPOSITORY / root) for root in SOURCE_ROOTS),
        "TRAINYARD_DATA_DIR": str(tmp_path),
        "TRAINYARD_SECRET_KEY": "x" * 32,
        "TRAINYARD_REDIS_URL": f"unix://{socket}",
        "TRAINYARD_SILENT_SECONDS": "0.5",
    }
    with running_redis(socket):
        done = subprocess.run(
            [sys.executable, "-m", *COMMAND, *ALONE], env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == os.EX_TEMPFAIL, done.stderr
    assert "broker_watchdog.expired" in done.stderr
