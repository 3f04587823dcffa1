"""Upload of checkpoints to the control plane, in order, apart from the thread that reads the engine's output."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread

import structlog

from trainyard_common.untrusted import open_directory, open_file, remove_tree
from trainyard_spec.engine_protocol import CheckpointWritten
from trainyard_spec.files import FileEntry

log = structlog.get_logger()


class CheckpointNotKept(Exception):
    """The newest checkpoint did not reach the control plane; the cause says why."""


@dataclass(frozen=True, slots=True)
class HeldCheckpoint:
    """A checkpoint whose files cannot be pruned: ``directory`` contains hard links to them."""

    written: CheckpointWritten
    directory: Path


class CheckpointUploader:
    """Uploads one checkpoint at a time; of several waiting ones only the newest.

    Checkpoints are held in ``directory``, which no engine can access, and come from below ``beneath``, which is
    untrusted. ``deliver`` uploads and registers a checkpoint, with any number of retries, or raises.
    """

    def __init__(self, *, directory: Path, beneath: Path, deliver: Callable[[HeldCheckpoint], None]) -> None:
        self._directory = directory
        self._beneath = beneath
        self._deliver = deliver
        self._changed = Condition()
        self._queued: HeldCheckpoint | None = None
        self._busy = False
        self._closed = False
        self._failure: Exception | None = None
        self._thread = Thread(target=copy_context().run, args=(self._run,), name="checkpoints", daemon=True)
        self._thread.start()

    def offer(self, written: CheckpointWritten, source: Path) -> HeldCheckpoint | None:
        """Queues the complete checkpoint in ``source`` before the engine can prune it; an older one is let go.

        Returns what it holds of it; ``None`` where the disk refused, or what lies there is not what was announced.
        """
        try:
            target = self._directory / f"step-{written.step:010d}"
            hold_files(written.files, source, target, beneath=self._beneath)
            held = HeldCheckpoint(written, target)
        except OSError as error:
            log.error("checkpoint.lost", step=written.step, error=str(error))
            self._failure = error
            return None
        with self._changed:
            superseded, self._queued = self._queued, held
            self._changed.notify_all()
        if superseded is not None:
            _release(superseded)
        return held

    def drain(self) -> None:
        """Returns once the newest checkpoint is delivered. Raises ``CheckpointNotKept`` if it could not be."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._busy or self._queued))
            if self._failure is not None:
                raise CheckpointNotKept("the newest checkpoint was not kept") from self._failure

    def skip_queued(self) -> None:
        """Lets go of a checkpoint that waits, and returns once none is on its way: the result outdates them."""
        with self._changed:
            self._queued = None
            self._changed.wait_for(lambda: self._closed or not self._busy)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        undelivered: HeldCheckpoint | None = None
        while (held := self._take()) is not None:
            if undelivered is not None and undelivered.directory != held.directory:
                _release(undelivered)
            failure: Exception | None = None
            try:
                self._deliver(held)
            except Exception as error:
                failure = error
                log.warning("checkpoint.upload_failed", step=held.written.step, error=str(error))
            # One that was not delivered stays until a newer one comes: the next worker may be luckier.
            undelivered = held if failure else None
            if failure is None:
                _release(held)
            with self._changed:
                self._failure, self._busy = failure, False
                self._changed.notify_all()

    def _take(self) -> HeldCheckpoint | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queued is not None or self._closed)
            if self._closed:
                return None
            held, self._queued = self._queued, None
            self._busy = True
            return held


def hold_files(files: Sequence[FileEntry], source: Path, target: Path, *, beneath: Path) -> None:
    """Links ``files`` of ``source``, which lies ``beneath`` a directory of ours, into ``target``.

    The engine cannot reach the links, and so not replace what is checked here. Raises ``OSError``, if only because one
    of them is no regular file of the announced size.
    """
    target.mkdir(parents=True, exist_ok=True)
    directory = open_directory(beneath, source)
    try:
        for entry in files:
            (target / entry.name).unlink(missing_ok=True)
            os.link(entry.name, target / entry.name, src_dir_fd=directory, follow_symlinks=False)
            with open_file(target, Path(entry.name), size=entry.bytes):
                continue
    except OSError:
        remove_tree(target)
        raise
    finally:
        os.close(directory)


def _release(held: HeldCheckpoint) -> None:
    with suppress(OSError):
        remove_tree(held.directory)
