"""One attempt at a job, from its claim to its finish: prepare, run the engine, report, conclude."""

import json
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from time import monotonic

import structlog

from trainyard_common.untrusted import remove_tree
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.files import NO_ROOM
from trainyard_spec.worker_protocol import (
    SHARED_PROCESS_MISSING,
    CancelledOutcome,
    Claim,
    FailedOutcome,
    HeldAttempt,
    ResumePoint,
    StoppedOutcome,
)
from trainyard_worker.attempt_calls import AttemptCalls, Outcome
from trainyard_worker.checkpoints import CheckpointNotKept
from trainyard_worker.confinement import temporary_files
from trainyard_worker.context import WorkerContext
from trainyard_worker.engine import EngineProcess
from trainyard_worker.engine_run import EngineRun
from trainyard_worker.forkserver_client import ForkServerDown
from trainyard_worker.leftovers import mark_attempt
from trainyard_worker.report_spool import ReportSpoolClosed
from trainyard_worker.stop_signal import StopLevel, StopSignal
from trainyard_worker.transport import AttemptLost, CallFailed, CorruptDownload, NoRoom, Refused, Unauthorized

log = structlog.get_logger()

SPEC_FILE = "spec.json"

CODE_OF_FAULT: dict[type[Exception], str] = {
    CorruptDownload: "download_corrupt",
    ForkServerDown: SHARED_PROCESS_MISSING,
    CheckpointNotKept: "checkpoint_not_kept",
    ReportSpoolClosed: "reports_refused",
    NoRoom: "storage_full",
    CallFailed: "control_plane_refused",
    OSError: "worker_storage",
}
"""What can go wrong on the worker's side, most specific first; each ends an attempt with an infrastructure fault,
or a storage fault where there was no room."""


class AttemptRunner:
    """Runs in one thread by ``run``; any thread may raise its ``stop_signal``."""

    def __init__(
        self, claim: Claim, *, context: WorkerContext, environment: Mapping[str, str], cpus: Sequence[int] = ()
    ) -> None:
        self.held = HeldAttempt(attempt_id=claim.attempt_id, fence=claim.fence)
        self.stop_signal = StopSignal()
        self._claim = claim
        self._context = context
        self._environment = environment
        self._cpus = cpus
        self._calls = AttemptCalls(control_plane=context.control_plane, attempt=self.held, stop_signal=self.stop_signal)
        self._directory = context.state.attempts / claim.attempt_id
        self._output = self._directory / "out"
        self._is_abandoned = False
        self._claimed = monotonic()

    def _since_claim(self) -> float:
        return monotonic() - self._claimed

    def run(self) -> None:
        """Brings the attempt to its end and tells the control plane, unless the attempt is lost. Raises nothing."""
        structlog.contextvars.bind_contextvars(attempt_id=self._claim.attempt_id, job_id=self._claim.job_id)
        log.info("attempt.claimed", fence=self._claim.fence, slots=self._claim.slots)
        try:
            outcome = self._outcome()
            if self.stop_signal.strongest is StopLevel.CANCEL:
                outcome = CancelledOutcome()
            if self.stop_signal.strongest is not StopLevel.LOST:
                self._finish(outcome)
        except CallFailed as error:
            log.warning("attempt.finish_failed", error=str(error))
        finally:
            # Ends what still tries to upload, and tells the heartbeat that this attempt needs no stop signal.
            self.stop_signal.raise_to(StopLevel.LOST)
            if not self._is_abandoned:
                with suppress(OSError):
                    remove_tree(self._directory)

    def abandon(self) -> None:
        """Ends it at once; what it has on disk stays, for the next worker here to hand over."""
        self._is_abandoned = True
        self.stop_signal.raise_to(StopLevel.LOST)

    def _finish(self, outcome: Outcome) -> None:
        try:
            self._calls.finish(outcome)
        except (AttemptLost, Unauthorized):
            raise
        except Refused as error:
            # Say so rather than let the lease run out: the control plane then knows at once, and why.
            log.error("attempt.outcome_refused", outcome=outcome.outcome, error=str(error))
            outcome = FailedOutcome(failure=_fault_of(error))
            self._calls.finish(outcome)
        log.info("attempt.finished", outcome=outcome.outcome)

    def _outcome(self) -> Outcome:
        if self.stop_signal.event(StopLevel.STOP).is_set():
            return StoppedOutcome()
        try:
            dataset = self._claim.dataset_key, self._claim.dataset_files, self._calls.fetch_dataset_file
            with self._context.datasets.pin(*dataset) as data, self._start_model() as start:
                self._prepare()
                return self._train(data, start)
        except Exception as error:
            if self.stop_signal.strongest is StopLevel.STOP and isinstance(error, CallFailed):
                return StoppedOutcome()
            if self.stop_signal.strongest is StopLevel.RUN:
                log.exception("attempt.failed")
            return FailedOutcome(failure=_fault_of(error))

    def _start_model(self) -> AbstractContextManager[Path | None]:
        """The directory of the model that the job starts from, kept as long as the block runs; None where from none."""
        key, files = self._claim.start_key, self._claim.start_files
        return self._context.models.pin(key, files, self._calls.fetch_start_file) if key else nullcontext()

    def _prepare(self) -> None:
        self._directory.mkdir(mode=0o700)
        mark_attempt(self._directory, self.held)
        (self._directory / SPEC_FILE).write_text(json.dumps(self._claim.spec))
        self._output.mkdir()
        if self._claim.resume is not None:
            self._fetch_newest(self._claim.resume, *self._claim.earlier)

    def _fetch_newest(self, point: ResumePoint, *earlier: ResumePoint) -> None:
        """Fetches the checkpoint ``point``, or where that is damaged or gone the first of ``earlier`` that is whole.

        Raises what the last of them raised.
        """
        checkpoint = self._output / "checkpoints" / f"step-{point.step:010d}"
        checkpoint.mkdir(parents=True)
        try:
            for entry in point.files:
                self._calls.fetch_checkpoint_file(entry, checkpoint / entry.name, step=point.step)
        except (CorruptDownload, Refused) as error:
            if not earlier or isinstance(error, Unauthorized):
                raise
            log.error("checkpoint.damaged", step=point.step, error=str(error))
            shutil.rmtree(checkpoint)
            self._fetch_newest(*earlier)

    def _train(self, data: Path, start: Path | None) -> Outcome:
        if self.stop_signal.event(StopLevel.STOP).is_set():
            return StoppedOutcome()
        engine = self._start(data, start)
        run = EngineRun(
            engine,
            calls=self._calls,
            stop_signal=self.stop_signal,
            fence=self._claim.fence,
            directory=self._directory,
            output=self._output,
            report_seconds=self._context.report_seconds,
            watchdog_limits=self._context.watchdog_limits,
            since_claim=self._since_claim,
        )
        try:
            return run.outcome()
        finally:
            engine.signal(signal.SIGKILL)
            engine.close()

    def _start(self, data: Path, start: Path | None) -> EngineProcess:
        spec, confinement = self._directory / SPEC_FILE, self._context.confinement
        slots, readable = self._claim.slots, (spec, data) if start is None else (spec, data, start)
        arguments = _train_command(spec=spec, data=data, output=self._output, threads=slots * self._context.threads)
        return self._context.forkserver.spawn(
            arguments=arguments if start is None else [*arguments, "--init-from", str(start)],
            environment={**self._environment, **temporary_files(self._directory)},
            directory=self._directory,
            policy=confinement.of_training(self._directory, readable=readable, output=self._output, slots=slots),
            limits=confinement.limits(slots=slots),
            cpus=self._cpus,
        )


def _train_command(*, spec: Path, data: Path, output: Path, threads: int) -> list[str]:
    return ["train", "--spec", str(spec), "--data", str(data), "--out", str(output), "--threads", str(threads)]


def _fault_of(error: Exception) -> Failed:
    code = next((code for kind, code in CODE_OF_FAULT.items() if isinstance(error, kind)), "worker_error")
    fault = Fault.STORAGE if _is_no_room(error) else Fault.INFRASTRUCTURE
    return Failed(fault=fault, code=code, message=str(error) or type(error).__name__)


def _is_no_room(error: BaseException) -> bool:
    cause = error.__cause__ if isinstance(error, CheckpointNotKept) else error
    return isinstance(cause, NoRoom) or (isinstance(cause, OSError) and cause.errno in NO_ROOM)
