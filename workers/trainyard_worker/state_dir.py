"""The worker's state directory: used by one worker at a time, and cleaned at start except for what has to survive."""

import fcntl
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import structlog

from trainyard_common.untrusted import remove_tree

log = structlog.get_logger()

DEAD_SECONDS = 5.0
LEAST_DISK_BYTES = 2**30
"""Of a slot. Where so much is not free, the disk's own end comes first."""


class StateDirInUse(Exception):
    """Another worker runs on this state directory."""


class StateDir:
    """Holds a lock on ``root`` while the process lives; the kernel releases it even on ``kill -9``."""

    def __init__(self, root: Path, *, min_free_bytes: int = 0) -> None:
        self.root = root
        self._min_free_bytes = min_free_bytes
        self.attempts = root / "attempts"
        self.predictions = root / "predictions"
        self.datasets = root / "datasets"
        self.models = root / "models"
        self._heard = heartbeat_file(root)
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise StateDirInUse(
                f"Another worker is running on {root}. Stop it, or set TRAINYARD_WORKER_STATE_DIR to another directory."
            ) from None

    def mark_heartbeat(self) -> None:
        """Says that a heartbeat has just been answered; the health check looks at when that was."""
        try:
            self._heard.touch()
        except OSError as error:
            # A full disk must not end the heartbeats, on which the leases of running attempts hang.
            log.warning("heartbeat_file.touch_failed", error=str(error))

    def has_room(self) -> bool:
        """Whether the disk has room for another attempt."""
        return shutil.disk_usage(self.root).free >= self._min_free_bytes

    def slot_disk_bytes(self, slots: int) -> int:
        """A slot's part of what is free now, where as much as a slot has stays for caches and everybody else."""
        free = shutil.disk_usage(self.root).free - self._min_free_bytes
        return max(free // (slots + 1), LEAST_DISK_BYTES)

    def close(self) -> None:
        os.close(self._lock)

    def clear_leftovers(self) -> None:
        """Ends what a worker that died here left running, which should have died with it, and removes its predictions.

        Its attempts are for ``leftovers``.
        """
        _kill_processes_in(self.root)
        for leftover in self.predictions.glob("*"):
            remove_tree(leftover)
        for directory in (self.attempts, self.predictions):
            directory.mkdir(mode=0o700, exist_ok=True)


def heartbeat_file(root: Path) -> Path:
    """File whose modification time is that of the last answered heartbeat."""
    return root / "heard"


def _kill_processes_in(root: Path) -> None:
    """An engine's working directory is its attempt's, which is how one is recognised."""
    alive = [process for process in psutil.process_iter() if _works_in(process, root)]
    for process in alive:
        log.warning("engine.outlived_worker", pid=process.pid)
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(alive, timeout=DEAD_SECONDS)


def _works_in(process: psutil.Process, root: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(root / "attempts")
    except psutil.Error:
        return False
