"""Training sessions on a worker: a slot is taken while there is work, and released after idle time."""

from time import monotonic
from uuid import uuid4

import structlog

from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.training_sessions import (
    HostRelease,
    OperationFinish,
    OperationWork,
    SessionClaimRequest,
    SessionWork,
)
from trainyard_worker.context import WorkerContext
from trainyard_worker.forkserver_client import ForkServerDown
from trainyard_worker.host_process import Hosting, HostLost, HostProcess
from trainyard_worker.hosted_runs import HostedRuns
from trainyard_worker.poller import Poller
from trainyard_worker.slots import Slots
from trainyard_worker.transport import AttemptLost, CallFailed, CorruptDownload, Refused, Unreachable

__all__ = ["Hosting", "SessionPlaces", "TrainingSessions"]

log = structlog.get_logger()

WAIT_SECONDS = 2.0
"""How long a claim of a loaded host may wait for work at the control plane."""


class TrainingSessions:
    """Place of one host: ``serve`` is called when there may be work, and returns when there is none."""

    def __init__(self, context: WorkerContext, slots: Slots, hosting: Hosting) -> None:
        self._context = context
        self._control_plane = context.control_plane
        self._slots = slots
        self._hosting = hosting

    def serve(self) -> None:
        """Takes a slot if there is work, and serves what comes. Raises ``CallFailed``."""
        if self._hosting.stopped.is_set() or (slot := self._slots.take()) is None:
            return
        host = uuid4().hex
        try:
            work = self._control_plane.claim_session_work(SessionClaimRequest(host=host))
            if work is not None:
                self._serve_host(host, work, slot)
        finally:
            self._slots.give_back(slot)

    def _serve_host(self, host: str, work: SessionWork, slot: int) -> None:
        try:
            process = HostProcess(self._context, self._hosting, base_model=work.base_model, slot=slot)
        except (ForkServerDown, OSError):
            log.exception("host.start_failed", base_model=work.base_model)
            self._release(host)
            return
        try:
            if (failed := process.load()) is not None:
                self._fail_all(host, work, failed)
                return
            log.info("host.started", host=host, base_model=work.base_model, slot=slot)
            self._loop(host, process, work)
        except HostLost as error:
            log.error("host.lost", host=host, error=str(error))
        except (CorruptDownload, AttemptLost, Refused):
            log.exception("host.failed", host=host)
        finally:
            process.close()
            self._release(host)

    def _loop(self, host: str, process: HostProcess, first: SessionWork) -> None:
        work: SessionWork | None = first
        waits = min(WAIT_SECONDS, self._hosting.idle_seconds)
        asks = SessionClaimRequest(host=host, base_model=first.base_model, wait_seconds=waits)
        runs = HostedRuns(process, self._control_plane, asks, stopped=self._hosting.stopped)
        while not self._hosting.stopped.is_set():
            while work is not None and not self._hosting.stopped.is_set():
                work = runs.serve(work)
            if monotonic() - runs.used_at >= self._hosting.idle_seconds:
                break
            try:
                work = self._control_plane.claim_session_work(runs.claim_request())
            except Unreachable as error:
                # What is in memory stays: it would have to be computed again.
                log.warning("claim.failed", host=host, error=str(error))
                work = None
                self._hosting.stopped.wait(WAIT_SECONDS)
        runs.store_states()

    def _fail_all(self, host: str, work: SessionWork, failed: Failed) -> None:
        """The base model cannot be loaded: a fault of the operator's directory, or of this host."""
        log.error("host.load_failed", base_model=work.base_model, code=failed.code, message=failed.message)
        operations: tuple[OperationWork, ...] = (*work.samples, *(work.run.operations if work.run else ()))
        if failed.fault != Fault.USER:
            return
        for operation in operations:
            fence = work.run.fence if work.run else 0
            self._control_plane.finish_operation(
                operation.operation_id,
                OperationFinish(host=host, fence=fence, failure=failed),
                give_up=self._hosting.stopped,
            )

    def _release(self, host: str) -> None:
        try:
            self._control_plane.release_host(HostRelease(host=host))
        except CallFailed as error:
            log.warning("host.release_failed", host=host, error=str(error))


class SessionPlaces:
    """One place for a host per slot of the worker; none without a base model. ``stopped`` ends them."""

    def __init__(
        self, context: WorkerContext, slots_of_worker: Slots, hosting: Hosting, *, slots: int, poll_seconds: float
    ) -> None:
        self.stopped = hosting.stopped
        serve = TrainingSessions(context, slots_of_worker, hosting).serve
        self.pollers = [
            Poller(f"sessions-{place}", serve, every_seconds=poll_seconds)
            for place in range(slots if hosting.has_models else 0)
        ]
