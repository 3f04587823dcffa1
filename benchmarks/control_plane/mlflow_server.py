"""MLflow's tracking server, in an environment of its own, beside which the platform is measured."""

import os
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.support.servers import free_port
from tests.support.waiting import wait_for

REPOSITORY = Path(__file__).resolve().parents[2]
REQUIREMENTS = REPOSITORY / "requirements" / "bench-mlflow.txt"
HOME = REPOSITORY / ".cache" / "bench-mlflow"
PYTHON = HOME / "bin" / "python"
INSTALLED = HOME / "installed.txt"
START_SECONDS = 120


def build() -> None:
    """Installs what ``requirements/bench-mlflow.txt`` pins, unless it is there."""
    wanted = REQUIREMENTS.read_text()
    if INSTALLED.exists() and INSTALLED.read_text() == wanted:
        return
    venv.create(HOME, with_pip=True, clear=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True)
    INSTALLED.write_text(wanted)


@contextmanager
def tracking_server(database_url: str) -> Iterator[tuple[str, int]]:
    """The address of a tracking server of one web process on ``database_url``, and the id of its first process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with TemporaryDirectory(prefix="trainyard-mlflow-") as directory:
        store = ["--backend-store-uri", database_url, "--artifacts-destination", directory]
        where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        log = Path(directory) / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [PYTHON, "-m", "mlflow", "server", *store, *where],
                cwd=directory,
                stdout=output,
                stderr=output,
                # It leaves its web process behind when it is ended alone.
                start_new_session=True,
            )
        try:
            wait_for(lambda: process.poll() is not None or _is_healthy(address), seconds=START_SECONDS)
            if process.poll() is not None:
                sys.exit(f"MLflow's tracking server ended:\n{log.read_text()}")
            yield address, process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


def _is_healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health").is_success
    except httpx.TransportError:
        return False
