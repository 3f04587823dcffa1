"""Starts ``manage.py up`` and stops it again."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
LOOK_AGAIN_SECONDS = 0.1


class DidNotStart(Exception):
    """The platform ended before it was ready; it has said why."""


@contextmanager
def running_platform(*, data_dir: Path, port: int) -> Iterator[dict[str, Any]]:
    """The facts of a ready platform (base_url, keys, login), which runs until the block ends."""
    with TemporaryDirectory(prefix="trainyard-demo-") as directory:
        ready_file = Path(directory) / "ready.json"
        arguments = ("--data-dir", str(data_dir), "--port", str(port), "--ready-file", str(ready_file))
        # A session of its own: Ctrl-C reaches this process, which then stops the platform in order.
        process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "manage.py"), "up", *arguments], start_new_session=True
        )
        try:
            yield _wait(process, ready_file)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _wait(process: subprocess.Popen[bytes], ready_file: Path) -> dict[str, Any]:
    while not ready_file.exists():
        try:
            process.wait(LOOK_AGAIN_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        raise DidNotStart
    facts: dict[str, Any] = json.loads(ready_file.read_text())
    return facts
