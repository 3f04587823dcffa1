"""A finished model in a process that stays, and answers one prediction after the other."""

import json
import os
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Timer
from time import monotonic
from typing import Annotated, Any
from uuid import uuid4

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from trainyard_common.untrusted import remove_tree
from trainyard_spec.engine_protocol import Failed, Predictions
from trainyard_spec.worker_protocol import PredictionClaim
from trainyard_worker.confinement import temporary_files
from trainyard_worker.context import WorkerContext
from trainyard_worker.file_cache import Fetch

log = structlog.get_logger()

CPU_ONLY = {"CUDA_VISIBLE_DEVICES": ""}
"""A prediction must not take memory of the device that a training next door was measured for."""
LOOK_SECONDS = 0.2

Answer = Predictions | Failed
ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="type")])


class NoAnswer(Exception):
    """The process ended without one; ``timed_out`` when it was killed because time was up."""

    def __init__(self, *, status: int, stderr: str, timed_out: bool) -> None:
        self.status = status
        self.stderr = stderr
        self.timed_out = timed_out
        super().__init__(f"The prediction process ended with status {status} without an answer.")


class ServedModel:
    """Belongs to one thread at a time. The process never sees another model, so no two tenants ever share one.

    Its requests come through a pipe that it may read and not write. ``close`` ends it.
    """

    def __init__(self, claim: PredictionClaim, context: WorkerContext, fetch: Fetch) -> None:
        self.model_id = claim.model_id
        self.bytes = sum(entry.bytes for entry in claim.model_files)
        self.answered = 0
        self.used_at = monotonic()
        directory = context.state.predictions / uuid4().hex
        with ExitStack() as stack:
            stack.callback(_removed, directory)
            requests = directory / "requests"
            requests.mkdir(mode=0o700, parents=True)
            pipe = requests / "pipe"
            os.mkfifo(pipe, 0o600)
            # Both ends: opening waits for no reader then, and the reader sees an end only when we close it.
            self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            stack.callback(os.close, self._pipe)
            files = stack.enter_context(context.models.pin(claim.model_id, claim.model_files, fetch))
            self._engine = context.forkserver.spawn(
                arguments=_command(model=files, requests=pipe, threads=context.threads),
                environment={**CPU_ONLY, **temporary_files(directory)},
                directory=directory,
                policy=context.confinement.of_prediction(directory, readable=(files, requests)),
                limits=context.confinement.limits(slots=1),
            )
            stack.callback(self._engine.close)
            stack.callback(self._engine.signal, signal.SIGKILL)
            self._lines = self._engine.lines()
            self._held = stack.pop_all()

    @property
    def has_ended(self) -> bool:
        return self._engine.has_ended

    def answer(self, inputs: Sequence[Any], *, seconds: float) -> Answer:
        """What it says to ``inputs``. Raises ``NoAnswer``; then it is of no more use."""
        deadline, timed_out = monotonic() + seconds, Event()
        with self._killed_after(seconds, timed_out):
            self._send(json.dumps({"inputs": list(inputs)}).encode() + b"\n", deadline=deadline)
            for line in self._lines:
                if (answer := _parse(line)) is not None:
                    self.answered += 1
                    self.used_at = monotonic()
                    return answer
        raise NoAnswer(status=self._engine.wait(), stderr=self._engine.stderr_tail, timed_out=timed_out.is_set())

    def close(self) -> None:
        self._held.close()

    @contextmanager
    def _killed_after(self, seconds: float, timed_out: Event) -> Iterator[None]:
        def time_out() -> None:
            timed_out.set()
            self._engine.signal(signal.SIGKILL)

        timer = Timer(max(0.0, seconds), time_out)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _send(self, request: bytes, *, deadline: float) -> None:
        """Whatever cannot be sent, to an engine that has ended or does not read, is missed when no answer comes."""
        left = memoryview(request)
        while left and not self._engine.has_ended and monotonic() < deadline:
            if select.select([], [self._pipe], [], LOOK_SECONDS)[1]:
                with suppress(BlockingIOError):
                    left = left[os.write(self._pipe, left) :]


def _command(*, model: Path, requests: Path, threads: int) -> list[str]:
    return ["predict", "--model", str(model), "--requests", str(requests), "--threads", str(threads), "--device", "cpu"]


def _removed(directory: Path) -> None:
    with suppress(OSError):
        remove_tree(directory)


def _parse(line: bytes) -> Answer | None:
    try:
        return ANSWER.validate_json(line)
    except ValidationError:
        log.warning("engine.noise_received", line=line[:300].decode(errors="replace"))
        return None
