"""Host of training sessions: an engine process with one base model that takes one request at a time through a pipe."""

import os
import select
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Timer
from time import monotonic
from typing import Annotated
from uuid import uuid4

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from trainyard_common.untrusted import open_file, remove_tree
from trainyard_spec.engine_protocol import Failed
from trainyard_spec.training_sessions import Done, HostRequest
from trainyard_worker.confinement import temporary_files
from trainyard_worker.context import WorkerContext

log = structlog.get_logger()

LOOK_SECONDS = 0.2
LONGEST_DATA_BYTES = 2**28
Answer = Done | Failed
ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])


class HostLost(Exception):
    """The process has ended or does not answer; the runs in its memory are lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosting:
    """How this worker hosts sessions: processors, devices, and the event that ends hosting."""

    has_models: bool
    environment_of: Callable[[Sequence[int]], dict[str, str]]
    cpus_of: Callable[[Sequence[int]], Sequence[int]]
    idle_seconds: float
    hang_seconds: float
    stopped: Event = field(default_factory=Event)


class HostProcess:
    """Used by one thread. The process sees only the registered models and its own directory."""

    def __init__(self, context: WorkerContext, hosting: Hosting, *, base_model: str, slot: int) -> None:
        self._hang_seconds = hosting.hang_seconds
        directory = context.state.predictions / f"host-{uuid4().hex}"
        with ExitStack() as stack:
            stack.callback(_removed, directory)
            self.requests, self.output = directory / "requests", directory / "output"
            for each in (self.requests, self.output):
                each.mkdir(mode=0o700, parents=True)
            pipe = self.requests / "pipe"
            os.mkfifo(pipe, 0o600)
            # Both ends: opening waits for no reader then, and the reader sees an end only when we close it.
            self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            stack.callback(os.close, self._pipe)
            confinement = context.confinement
            self._engine = context.forkserver.spawn(
                arguments=["host", "--base", base_model, "--requests", str(pipe), "--threads", str(context.threads)],
                environment={**hosting.environment_of([slot]), **temporary_files(directory)},
                directory=directory,
                policy=confinement.of_training(directory, readable=(self.requests,), output=self.output, slots=1),
                limits=confinement.limits(slots=1),
                cpus=hosting.cpus_of([slot]),
            )
            stack.callback(self._engine.close)
            stack.callback(self._engine.signal, signal.SIGKILL)
            self._lines = self._engine.lines()
            self._held = stack.pop_all()
        self.loaded = False

    def close(self) -> None:
        self._held.close()

    def load(self) -> Failed | None:
        """Waits until the base model is in memory; the failure where it cannot be. Raises ``HostLost``."""
        answer = self._answer()
        self.loaded = isinstance(answer, Done)
        return answer if isinstance(answer, Failed) else None

    def ask(self, request: HostRequest) -> Answer:
        """What it answers. Raises ``HostLost``; then it is of no more use."""
        self._send(request.model_dump_json().encode() + b"\n")
        return self._answer()

    def data(self, directory: str, name: str) -> bytes:
        """A file that it wrote below its output."""
        with open_file(self.output, Path(directory) / name) as stream:
            content = stream.read(LONGEST_DATA_BYTES + 1)
        if len(content) > LONGEST_DATA_BYTES:
            raise HostLost(f"{name} is larger than {LONGEST_DATA_BYTES} bytes.")
        return content

    def _answer(self) -> Answer:
        timer = Timer(self._hang_seconds, self._engine.signal, [signal.SIGKILL])
        timer.daemon = True
        timer.start()
        try:
            for line in self._lines:
                with suppress(ValidationError):
                    return ANSWER.validate_json(line)
                log.warning("engine.noise_received", line=line[:300].decode(errors="replace"))
        finally:
            timer.cancel()
        status, overuse = self._engine.wait(), self._engine.overuse
        raise HostLost(overuse.message if overuse else f"The host ended with status {status}: {self._stderr()}")

    def _stderr(self) -> str:
        return self._engine.stderr_tail[-400:]

    def _send(self, request: bytes) -> None:
        left, deadline = memoryview(request), monotonic() + self._hang_seconds
        while left and not self._engine.has_ended and monotonic() < deadline:
            if select.select([], [self._pipe], [], LOOK_SECONDS)[1]:
                with suppress(BlockingIOError):
                    left = left[os.write(self._pipe, left) :]


def _removed(directory: Path) -> None:
    with suppress(OSError):
        remove_tree(directory)
