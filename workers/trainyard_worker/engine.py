"""One engine process: its output lines, the end of its standard error, and its exit status."""

import os
import selectors
import signal
from collections.abc import Callable, Iterator
from contextvars import copy_context
from threading import Event, Thread
from time import monotonic

import structlog

from trainyard_common.resource_use import Excess, Quota, Resource
from trainyard_spec.engine_protocol import Failed, Fault

log = structlog.get_logger()

READ_BYTES = 1 << 16
LONGEST_LINE_BYTES = 1 << 20
STDERR_TAIL_BYTES = 4_000
DRAIN_SECONDS = 1.0
LOOK_SECONDS = 0.5
LOOK_SHARE = 20.0
"""And so many times as long as a look took goes by before the next: it may cost a twentieth of a processor."""

SERVER_DIED = -int(signal.SIGKILL)
"""The status of an engine whose fork server died: the kernel kills it with its parent."""

HINTS = {
    Resource.DISK: "Keep fewer checkpoints (checkpoint.max_to_keep), or ask for more slots.",
    Resource.FILES: "Write less: no training of ours needs so many.",
    Resource.MEMORY: "Use a smaller batch, model or context, or ask for more slots.",
}


class EngineProcess:
    """Owns the read ends ``stdout`` and ``stderr`` of an engine and reads both in one thread."""

    def __init__(self, *, stdout: int, stderr: int, signal_session: Callable[[signal.Signals], None]) -> None:
        self._stdout = stdout
        self._stderr = stderr
        self._signal_session = signal_session
        self._stderr_tail = b""
        self._status = SERVER_DIED
        self._exited = Event()
        self.pid: int | None = None
        self.excess: Excess | None = None
        self.died_with_server = False

    def signal(self, number: signal.Signals) -> None:
        """Signals the engine and what it started; an engine that has ended is left alone."""
        self._signal_session(number)

    def started(self, pid: int) -> None:
        """Called by the fork server's thread: ``pid`` is the engine's as seen from here."""
        self.pid = pid

    def keep_to(self, quota: Quota) -> None:
        """Has a thread kill it where all that it started takes more than ``quota``; ``excess`` says of what."""
        watch = Thread(target=copy_context().run, args=(self._watch, quota), name="quota", daemon=True)
        watch.start()

    def _watch(self, quota: Quota) -> None:
        pause = LOOK_SECONDS
        while not self._exited.wait(pause):
            began = monotonic()
            if (excess := quota.excess(self.pid)) is not None and not self._exited.is_set():
                self.excess = excess
                log.error("engine.quota_exceeded", resource=excess.resource, used=excess.used, limit=excess.limit)
                self.signal(signal.SIGKILL)
                return
            pause = max(LOOK_SECONDS, LOOK_SHARE * (monotonic() - began))

    @property
    def overuse(self) -> Failed | None:
        """Why it was killed, if it was because it took more than its part; it must have ended."""
        if self.excess is None or self.wait() >= 0:
            return None  # It was done before it could be killed.
        return Failed(
            fault=Fault.USER,
            code=f"{self.excess.resource}_quota_exceeded",
            message=f"It took {self.excess}, its slots' part, and was stopped.",
            hint=HINTS[self.excess.resource],
        )

    def exited(self, status: int, *, with_server: bool = False) -> None:
        """Called once, by the fork server's thread: ``status`` is the exit status or minus a signal's number.

        ``with_server`` says that it died because its fork server did.
        """
        self._status = status
        self.died_with_server = with_server
        self._exited.set()

    def wait(self) -> int:
        """The exit status, or minus the number of the signal that ended it."""
        self._exited.wait()
        return self._status

    @property
    def has_ended(self) -> bool:
        return self._exited.is_set()

    @property
    def stderr_tail(self) -> str:
        return self._stderr_tail.decode(errors="replace").strip()

    def lines(self) -> Iterator[bytes]:
        """Standard output, line by line, until the engine has ended and all it wrote is read.

        The engine waits when its lines are not taken: a slow reader slows it, nothing is dropped.
        """
        buffer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            selector.register(self._stderr, selectors.EVENT_READ)
            while selector.get_map():
                # Asked before: a worker that stood still may find its wait over, and only then learn of the end.
                had_exited = self._exited.is_set()
                ready = selector.select(DRAIN_SECONDS)
                if not ready and had_exited:
                    break  # Somebody else still holds a pipe open; nobody who matters.
                for key, _ in ready:
                    data = os.read(key.fd, READ_BYTES)
                    if not data:
                        selector.unregister(key.fd)
                    elif key.fd == self._stderr:
                        self._stderr_tail = (self._stderr_tail + data)[-STDERR_TAIL_BYTES:]
                    else:
                        *complete, buffer = (buffer + data).split(b"\n")
                        yield from complete
                        buffer = _bounded(buffer)
        if buffer:
            yield buffer

    def close(self) -> None:
        os.close(self._stdout)
        os.close(self._stderr)


def _bounded(unfinished_line: bytes) -> bytes:
    if len(unfinished_line) <= LONGEST_LINE_BYTES:
        return unfinished_line
    log.error("engine.line_dropped", bytes=len(unfinished_line))
    return b""
