"""Leftovers of a worker that died or was stopped: complete checkpoints on its disk that were not uploaded.

The next worker on the same directory uploads them before it claims work, so that as few steps as possible are repeated.
The control plane refuses them if a newer attempt has begun.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import structlog
from pydantic import ValidationError

from trainyard_common.untrusted import open_file, remove_tree
from trainyard_spec.engine_protocol import CheckpointWritten
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import Heartbeat, HeldAttempt, Registration
from trainyard_worker.attempt_calls import AttemptCalls
from trainyard_worker.checkpoints import HeldCheckpoint
from trainyard_worker.client import ControlPlane
from trainyard_worker.stop_signal import StopLevel, StopSignal
from trainyard_worker.transport import Refused, Unauthorized

log = structlog.get_logger()

ATTEMPT_FILE = "attempt.json"
WRITTEN_FILE = "written.json"
HELD = "held"


def mark_attempt(directory: Path, attempt: HeldAttempt) -> None:
    """Says whose ``directory`` is."""
    (directory / ATTEMPT_FILE).write_text(attempt.model_dump_json())


def mark_complete(checkpoint: HeldCheckpoint) -> None:
    """Says that ``checkpoint``, whose metrics are all delivered, may be handed over by whoever finds it."""
    try:
        (checkpoint.directory / WRITTEN_FILE).write_text(checkpoint.written.model_dump_json())
    except OSError as error:
        # It may have been handed over meanwhile; if the disk is full, it cannot be found again, but goes its way.
        log.info("checkpoint.mark_failed", step=checkpoint.written.step, error=str(error))


@dataclass(frozen=True, slots=True)
class Leftover:
    """The newest complete ``checkpoint`` in the ``directory`` of an attempt.

    ``stop_signal`` has no receiver, because no engine runs; the reply to the upload says whether the attempt is lost.
    ``stopping`` aborts the upload.
    """

    held: HeldAttempt
    directory: Path
    checkpoint: HeldCheckpoint
    stop_signal: StopSignal = field(default_factory=StopSignal)
    stopping: StopSignal = field(default_factory=StopSignal)


class Leftovers:
    """Scans ``attempts``, where no process works any more, and deletes what is useless."""

    def __init__(self, attempts: Path) -> None:
        self._mutex = Lock()
        self._waiting = list(_found(attempts))

    @property
    def waiting(self) -> list[Leftover]:
        with self._mutex:
            return list(self._waiting)

    @property
    def held(self) -> tuple[HeldAttempt, ...]:
        return tuple(leftover.held for leftover in self.waiting)

    def hand_over(self, control_plane: ControlPlane, *, about: Registration) -> None:
        """Hands over what waits, then lets go of the attempts, whose jobs go on at once.

        Raises the ``CallFailed`` of what is to be tried again.
        """
        for leftover in self.waiting:
            self._hand_over(leftover, control_plane)
            with suppress(OSError):
                remove_tree(leftover.directory)
            with self._mutex:
                self._waiting.remove(leftover)
                is_last = not self._waiting
            if is_last:
                control_plane.heartbeat(Heartbeat(about=about))

    def stop(self) -> None:
        """Gives up what is on its way; what was not handed over stays for the next worker."""
        for leftover in self.waiting:
            leftover.stopping.raise_to(StopLevel.LOST)

    def _hand_over(self, leftover: Leftover, control_plane: ControlPlane) -> None:
        about = {**leftover.held.model_dump(), "step": leftover.checkpoint.written.step}
        calls = AttemptCalls(control_plane=control_plane, attempt=leftover.held, stop_signal=leftover.stopping)
        try:
            calls.upload_checkpoint(leftover.checkpoint)
        except Unauthorized:
            raise
        except Refused as error:
            log.warning("leftover.refused", **about, error=str(error))
        else:
            log.info("leftover.handed_over", **about)


def _found(attempts: Path) -> Iterator[Leftover]:
    for directory in sorted(attempts.glob("*")):
        leftover = _leftover_in(directory)
        if leftover is not None:
            yield leftover
            continue
        log.info("leftover.removed", directory=directory.name)
        remove_tree(directory)


def _leftover_in(directory: Path) -> Leftover | None:
    try:
        held = HeldAttempt.model_validate_json((directory / ATTEMPT_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    newest_first = sorted((directory / HELD).glob("*"), reverse=True)
    checkpoint = next((found for path in newest_first if (found := _whole_in(path)) is not None), None)
    return None if checkpoint is None else Leftover(held, directory, checkpoint)


def _whole_in(directory: Path) -> HeldCheckpoint | None:
    try:
        written = CheckpointWritten.model_validate_json((directory / WRITTEN_FILE).read_bytes())
        whole = all(_is_whole(directory / entry.name, entry) for entry in written.files)
    except (OSError, ValidationError):
        return None
    return HeldCheckpoint(written, directory) if whole else None


def _is_whole(path: Path, entry: FileEntry) -> bool:
    with open_file(path.parent, Path(path.name), size=entry.bytes) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == entry.sha256
