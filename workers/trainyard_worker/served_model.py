"""Long-lived process that answers one prediction after the other, of one model or of the adapters of one base."""

import json
import os
import select
import shutil
import signal
from collections.abc import Callable, Iterator
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
from trainyard_spec.generation import PredictionPart, ReaderLeft
from trainyard_spec.worker_protocol import PredictionClaim
from trainyard_worker.confinement import temporary_files
from trainyard_worker.context import WorkerContext
from trainyard_worker.file_cache import Fetch

log = structlog.get_logger()

CPU_ONLY = {"CUDA_VISIBLE_DEVICES": ""}
"""A prediction must not take memory of the device that a training next door was measured for."""
LOOK_SECONDS = 0.2

Answer = Predictions | Failed
LINE: TypeAdapter[Answer | PredictionPart] = TypeAdapter(
    Annotated[Answer | PredictionPart, Field(discriminator="type")]
)
Tell = Callable[[PredictionPart], None]


def warm_key(claim: PredictionClaim) -> str:
    """What a process that can answer ``claim`` is known by."""
    return claim.model_id if claim.generation is None else claim.generation.serving_key


class NoAnswer(Exception):
    """The process ended without one; ``timed_out`` when it was killed because time was up, ``overuse`` when it was
    because it took more than its part of the host.
    """

    def __init__(self, *, status: int, stderr: str, timed_out: bool, overuse: Failed | None = None) -> None:
        self.overuse = overuse
        self.status = status
        self.stderr = stderr
        self.timed_out = timed_out
        super().__init__(f"The prediction process ended with status {status} without an answer.")


class ServedModel:
    """Used by one thread at a time. The process never sees another organization's model.

    It gets requests through a pipe that it can only read. ``close`` ends it.
    """

    def __init__(self, claim: PredictionClaim, context: WorkerContext, fetch: Fetch) -> None:
        self.key = warm_key(claim)
        self.bytes = sum(entry.bytes for entry in claim.model_files) + _base_bytes(claim, context)
        self.answered = 0
        self.used_at = monotonic()
        self._context = context
        directory = context.state.predictions / uuid4().hex
        with ExitStack() as stack:
            stack.callback(_removed, directory)
            self._requests = requests = directory / "requests"
            requests.mkdir(mode=0o700, parents=True)
            pipe = requests / "pipe"
            os.mkfifo(pipe, 0o600)
            # Both ends: opening waits for no reader then, and the reader sees an end only when we close it.
            self._pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            stack.callback(os.close, self._pipe)
            readable, arguments = [requests], ["generate"]
            if claim.generation is None:
                files = stack.enter_context(context.models.pin(claim.model_id, claim.model_files, fetch))
                readable, arguments = [files, requests], ["predict", "--model", str(files)]
            self._engine = context.forkserver.spawn(
                arguments=[*arguments, *_options(requests=pipe, threads=context.threads)],
                environment={**CPU_ONLY, **temporary_files(directory)},
                directory=directory,
                policy=context.confinement.of_prediction(
                    directory, readable=readable, reads_base=claim.generation is not None
                ),
                limits=context.confinement.limits(slots=1),
            )
            stack.callback(self._engine.close)
            stack.callback(self._engine.signal, signal.SIGKILL)
            self._lines = self._engine.lines()
            self._held = stack.pop_all()

    @property
    def has_ended(self) -> bool:
        return self._engine.has_ended

    def answer(self, claim: PredictionClaim, fetch: Fetch, *, seconds: float, tell: Tell | None = None) -> Answer:
        """What it says to the inputs of ``claim``; ``tell`` hears of parts before.

        Raises ``NoAnswer``; then it is of no more use.
        """
        deadline, timed_out = monotonic() + seconds, Event()
        request = json.dumps(self._request(claim, fetch)).encode() + b"\n"
        with self._killed_after(seconds, timed_out):
            self._send(request, deadline=deadline)
            for line in self._lines:
                message = _parse(line)
                if isinstance(message, PredictionPart):
                    if tell is not None:
                        tell(message)
                elif message is not None:
                    self.answered += 1
                    self.used_at = monotonic()
                    return message
        status, stderr, overuse = self._engine.wait(), self._engine.stderr_tail, self._engine.overuse
        raise NoAnswer(status=status, stderr=stderr, timed_out=timed_out.is_set(), overuse=overuse)

    def reader_left(self, request_id: str) -> None:
        """Ends the answer to ``request_id``, from any thread while it is under way; the process stays of use."""
        with suppress(BlockingIOError):
            os.write(self._pipe, ReaderLeft(left=request_id).model_dump_json().encode() + b"\n")

    def _request(self, claim: PredictionClaim, fetch: Fetch) -> dict[str, Any]:
        if claim.generation is None:
            return {"inputs": list(claim.inputs)}
        return {
            "request_id": claim.prediction_id,
            "model_id": claim.model_id,
            "model": str(self._readable_model(claim, fetch)),
            "inputs": list(claim.inputs),
            "streams": claim.generation.streams,
            "wanted": claim.generation.wanted,
        }

    def _readable_model(self, claim: PredictionClaim, fetch: Fetch) -> Path:
        """The model's files where this process, under whatever user, may read them: nobody else gets that far."""
        directory = self._requests / claim.model_id
        if not directory.is_dir():
            partial = self._requests / uuid4().hex
            with self._context.models.pin(claim.model_id, claim.model_files, fetch) as files:
                shutil.copytree(files, partial, copy_function=os.link)
            for path in (partial, *partial.iterdir()):
                path.chmod(0o755 if path.is_dir() else 0o644)
            partial.rename(directory)
        return directory

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


def _options(*, requests: Path, threads: int) -> list[str]:
    return ["--requests", str(requests), "--threads", str(threads), "--device", "cpu"]


def _base_bytes(claim: PredictionClaim, context: WorkerContext) -> int:
    """Bytes of the weights that the base has on this worker's disk."""
    models, base = context.confinement.models, claim.generation.base if claim.generation else None
    if models is None or base is None:
        return 0
    return sum(path.stat().st_size for path in (models / base).glob("*.safetensors"))


def _removed(directory: Path) -> None:
    with suppress(OSError):
        remove_tree(directory)


def _parse(line: bytes) -> Answer | PredictionPart | None:
    try:
        return LINE.validate_json(line)
    except ValidationError:
        log.warning("engine.noise_received", line=line[:300].decode(errors="replace"))
        return None
