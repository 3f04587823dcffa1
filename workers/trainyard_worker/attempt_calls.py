"""Worker API calls about one attempt. Each carries its fence and applies the stop level of the reply.

Raises the ``CallFailed`` of ``trainyard_worker.transport``; after an ``AttemptLost`` the level is ``LOST``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from trainyard_spec.engine_protocol import Result
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import (
    CancelledOutcome,
    CheckpointRegistration,
    FailedOutcome,
    Finish,
    HeldAttempt,
    Report,
    ReportReply,
    StoppedOutcome,
    Succeeded,
)
from trainyard_worker.checkpoints import HeldCheckpoint
from trainyard_worker.client import ControlPlane
from trainyard_worker.stop_signal import STOP_LEVEL_OF, StopLevel, StopSignal
from trainyard_worker.transport import AttemptLost, Unauthorized

log = structlog.get_logger()

Outcome = Succeeded | StoppedOutcome | CancelledOutcome | FailedOutcome


class AttemptCalls:
    """After a stop level nothing is fetched, after a cancel nothing is uploaded, and after ``LOST`` nothing is sent."""

    def __init__(self, *, control_plane: ControlPlane, attempt: HeldAttempt, stop_signal: StopSignal) -> None:
        self._control_plane = control_plane
        self._attempt = attempt
        self._stop_signal = stop_signal

    def fetch_dataset_file(self, entry: FileEntry, destination: Path) -> None:
        with self._fenced():
            self._control_plane.download_dataset_file(
                self._attempt.attempt_id, entry, destination, give_up=self._stop_signal.event(StopLevel.STOP)
            )

    def fetch_start_file(self, entry: FileEntry, destination: Path) -> None:
        with self._fenced():
            self._control_plane.download_start_file(
                self._attempt.attempt_id, entry, destination, give_up=self._stop_signal.event(StopLevel.STOP)
            )

    def fetch_checkpoint_file(self, entry: FileEntry, destination: Path, *, step: int) -> None:
        with self._fenced():
            self._control_plane.download_checkpoint_file(
                self._attempt.attempt_id, entry, destination, step=step, give_up=self._stop_signal.event(StopLevel.STOP)
            )

    def report(self, report: Report) -> None:
        with self._fenced():
            reply = self._control_plane.report(
                self._attempt.attempt_id, report, give_up=self._stop_signal.event(StopLevel.LOST)
            )
        self._apply_desired_state(reply)

    def upload_checkpoint(self, held: HeldCheckpoint) -> None:
        """Uploads the files, then registers the checkpoint: from then on it counts."""
        written, give_up = held.written, self._stop_signal.event(StopLevel.CANCEL)
        registration = CheckpointRegistration(
            fence=self._attempt.fence,
            step=written.step,
            epoch=written.epoch,
            trained_seconds=written.trained_seconds,
            files=written.files,
        )
        with self._fenced():
            for entry in written.files:
                self._control_plane.upload_checkpoint_file(
                    self._attempt.attempt_id,
                    held.directory / entry.name,
                    step=written.step,
                    fence=self._attempt.fence,
                    give_up=give_up,
                )
            reply = self._control_plane.register_checkpoint(self._attempt.attempt_id, registration, give_up=give_up)
        log.info("checkpoint.registered", step=written.step)
        self._apply_desired_state(reply)

    def upload_model(self, result: Result, directory: Path) -> None:
        with self._fenced():
            for entry in result.files:
                self._control_plane.upload_model_file(
                    self._attempt.attempt_id,
                    directory / entry.name,
                    fence=self._attempt.fence,
                    give_up=self._stop_signal.event(StopLevel.CANCEL),
                )

    def finish(self, outcome: Outcome) -> None:
        finish = Finish(fence=self._attempt.fence, result=outcome)
        with self._fenced():
            self._control_plane.finish(
                self._attempt.attempt_id, finish, give_up=self._stop_signal.event(StopLevel.LOST)
            )

    def _apply_desired_state(self, reply: ReportReply) -> None:
        if self._stop_signal.raise_to(STOP_LEVEL_OF[reply.desired]):
            log.info("attempt.stop_requested", desired=reply.desired)

    @contextmanager
    def _fenced(self) -> Iterator[None]:
        try:
            yield
        except (AttemptLost, Unauthorized) as error:
            if self._stop_signal.raise_to(StopLevel.LOST):
                log.warning("attempt.lost", error=str(error))
            raise
