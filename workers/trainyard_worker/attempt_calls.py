"""The calls about one attempt. Each carries its fence, obeys what the reply orders, and ends on the right order.

Raises the ``CallFailed`` of ``trainyard_worker.transport``; after an ``AttemptLost`` the order is ``FORGET``.
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
from trainyard_worker.orders import ORDER_OF, Order, Orders
from trainyard_worker.transport import AttemptLost, Unauthorized

log = structlog.get_logger()

Outcome = Succeeded | StoppedOutcome | CancelledOutcome | FailedOutcome


class AttemptCalls:
    """Nothing is fetched after an order to stop, nothing uploaded after a cancel, nothing said after ``FORGET``."""

    def __init__(self, *, control_plane: ControlPlane, attempt: HeldAttempt, orders: Orders) -> None:
        self._control_plane = control_plane
        self._attempt = attempt
        self._orders = orders

    def fetch_dataset_file(self, entry: FileEntry, destination: Path) -> None:
        with self._fenced():
            self._control_plane.download_dataset_file(
                self._attempt.attempt_id, entry, destination, give_up=self._orders.event(Order.STOP)
            )

    def fetch_checkpoint_file(self, entry: FileEntry, destination: Path, *, step: int) -> None:
        with self._fenced():
            self._control_plane.download_checkpoint_file(
                self._attempt.attempt_id, entry, destination, step=step, give_up=self._orders.event(Order.STOP)
            )

    def report(self, report: Report) -> None:
        with self._fenced():
            reply = self._control_plane.report(
                self._attempt.attempt_id, report, give_up=self._orders.event(Order.FORGET)
            )
        self._obey(reply)

    def upload_checkpoint(self, held: HeldCheckpoint) -> None:
        """Uploads the files, then registers the checkpoint: from then on it counts."""
        written, give_up = held.written, self._orders.event(Order.CANCEL)
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
        self._obey(reply)

    def upload_model(self, result: Result, directory: Path) -> None:
        with self._fenced():
            for entry in result.files:
                self._control_plane.upload_model_file(
                    self._attempt.attempt_id,
                    directory / entry.name,
                    fence=self._attempt.fence,
                    give_up=self._orders.event(Order.CANCEL),
                )

    def finish(self, outcome: Outcome) -> None:
        finish = Finish(fence=self._attempt.fence, result=outcome)
        with self._fenced():
            self._control_plane.finish(self._attempt.attempt_id, finish, give_up=self._orders.event(Order.FORGET))

    def _obey(self, reply: ReportReply) -> None:
        if self._orders.give(ORDER_OF[reply.desired]):
            log.info("attempt.ordered", desired=reply.desired)

    @contextmanager
    def _fenced(self) -> Iterator[None]:
        try:
            yield
        except (AttemptLost, Unauthorized) as error:
            if self._orders.give(Order.FORGET):
                log.warning("attempt.lost", error=str(error))
            raise
