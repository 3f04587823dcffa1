"""Child processes that end with their parent, however it ends."""

import os
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from trainyard_common.processes import kill_session, signal_at_parent_death

RESTART_WINDOW_SECONDS = 60.0
RESTARTS_IN_WINDOW = 5


class KeepsDying(RuntimeError):
    """A service ended more often than a restart can help."""

    def __init__(self, service: "Service") -> None:
        self.service = service
        super().__init__(f"The {service.name} process keeps ending. Its last words are in {service.log}.")


def _in_child() -> None:
    # A new session, so that a Ctrl-C in the terminal reaches the parent alone and it decides the order of stopping.
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal_at_parent_death()


@dataclass
class Service:
    """One process to keep running. ``environment`` is its whole environment; its output goes to ``log``."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    inherited_descriptors: tuple[int, ...] = ()
    _process: subprocess.Popen[bytes] | None = None
    _starts: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS_IN_WINDOW))

    def start(self) -> None:
        """Starts the process. Raises ``KeepsDying`` when it was started too often lately."""
        now = time.monotonic()
        if len(self._starts) == RESTARTS_IN_WINDOW and now - self._starts[0] < RESTART_WINDOW_SECONDS:
            raise KeepsDying(self)
        self._starts.append(now)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.inherited_descriptors,
                preexec_fn=_in_child,
            )

    def ended(self) -> int | None:
        """The exit status if the process has ended, else ``None``."""
        return self._process.poll() if self._process else None

    def terminate(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait(self, *, until: float) -> None:
        """Waits for the end until the monotonic time ``until``, then kills the whole session."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            kill_session(self._process)
