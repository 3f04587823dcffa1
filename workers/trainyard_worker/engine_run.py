"""Supervision of one training engine: its messages are passed on, and its end becomes the attempt's outcome."""

import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog
from pydantic import ValidationError

from trainyard_spec.engine_protocol import (
    ENGINE_MESSAGE,
    CheckpointWritten,
    ExitStatus,
    Failed,
    Fault,
    FirstStep,
    Log,
    Metrics,
    Progress,
    Result,
    Started,
    Stopped,
    checkpoint_directory,
)
from trainyard_spec.worker_protocol import (
    SHARED_PROCESS_DIED,
    CancelledOutcome,
    FailedOutcome,
    Report,
    StoppedOutcome,
    Succeeded,
)
from trainyard_worker.attempt_calls import AttemptCalls, Outcome
from trainyard_worker.checkpoints import CheckpointNotKept, CheckpointUploader, HeldCheckpoint, hold_files
from trainyard_worker.engine import EngineProcess
from trainyard_worker.leftovers import HELD, mark_complete
from trainyard_worker.report_spool import ReportSpool
from trainyard_worker.stop_signal import StopLevel, StopSignal
from trainyard_worker.transport import CallFailed, NoRoom
from trainyard_worker.watchdog import Watchdog, WatchdogLimits, WatchdogVerdict

log = structlog.get_logger()

EngineEnd = Result | Stopped | Failed

NOISE_CHARACTERS = 300
MOST_NOISE = 20
"""Lines that are no messages of the protocol and are logged nevertheless, of one engine."""
MODEL = "model"
"""The finished model's files, in the directory of the attempt, as ``HELD`` has those of checkpoints."""
SERVER_DIED = Failed(
    fault=Fault.INFRASTRUCTURE,
    code=SHARED_PROCESS_DIED,
    message="The process that starts the worker's trainings died, and every training with it.",
    hint="It is tried again from its last checkpoint.",
)
SIGNS_OF_PROGRESS = (FirstStep, Metrics, Progress, CheckpointWritten)


class EngineRun:
    """``directory`` is the working directory of the attempt and its engine, which writes its result to ``output``.

    ``since_claim`` returns the seconds since the attempt was claimed.
    """

    def __init__(
        self,
        engine: EngineProcess,
        *,
        calls: AttemptCalls,
        stop_signal: StopSignal,
        fence: int,
        directory: Path,
        output: Path,
        report_seconds: float,
        watchdog_limits: WatchdogLimits,
        since_claim: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._since_claim = since_claim
        self._calls = calls
        self._stop_signal = stop_signal
        self._directory = directory
        self._output = output
        self._no_room: NoRoom | None = None
        self._watchdog = Watchdog(engine.signal, stop_signal=stop_signal, limits=watchdog_limits)
        self._report_spool = ReportSpool(fence=fence, send=self._report, interval_seconds=report_seconds)
        self._noise = 0
        self._uploader = CheckpointUploader(directory=directory / HELD, beneath=directory, deliver=self._keep)

    def outcome(self) -> Outcome:
        """Follows the engine to its end, then hands over everything it left. Raises what kept that from working."""
        self._stop_signal.attach_engine(self._engine.signal)
        try:
            end = self._listen()
            status = self._engine.wait()
            end = self._engine.overuse or end
            self._watchdog.close()
            log.info("engine.ended", status=status, said=end.type if end else None, code=getattr(end, "code", None))
            return self._conclude(end, status)
        finally:
            self._stop_signal.attach_engine(None)
            self._watchdog.close()
            self._report_spool.close()
            self._uploader.close()

    def _listen(self) -> EngineEnd | None:
        """Passes on every line until the engine is gone; returns how it said it ended, if it did."""
        end: EngineEnd | None = None
        for line in self._engine.lines():
            try:
                message = ENGINE_MESSAGE.validate_json(line)
            except ValidationError:
                self._log_noise(line)
                continue
            if isinstance(message, SIGNS_OF_PROGRESS):
                self._watchdog.progressed()
            match message:
                case CheckpointWritten():
                    # Where it says that it lies is not asked: it lies in one place alone.
                    held = self._uploader.offer(message, self._output / checkpoint_directory(message.step))
                    if held is not None:
                        self._report_spool.call_when_delivered(partial(mark_complete, held))
                case Result() | Stopped() | Failed():
                    end = message
                case Started():
                    since = self._since_claim()
                    self._report_spool.put(message.model_copy(update={"seconds_after_claim": since}))
                case _:
                    with self._watchdog.paused():
                        self._report_spool.put(message)
        return end

    def _conclude(self, end: EngineEnd | None, status: int) -> Outcome:
        if self._stop_signal.event(StopLevel.CANCEL).is_set():
            return CancelledOutcome()
        match end:
            case Result() if status == ExitStatus.SUCCEEDED:
                self._uploader.skip_queued()
                self._report_spool.flush()
                return self._succeed(end)
            case Stopped():
                self._uploader.drain()
                self._report_spool.flush()
                return StoppedOutcome()
            case Failed():
                self._flush_remaining()
                return FailedOutcome(failure=end)
            case _ if status == -signal.SIGTERM and self._stop_signal.strongest is StopLevel.STOP:
                return StoppedOutcome()  # Stopped before it had anything to keep, or could say so.
        self._flush_remaining()
        if self._no_room is not None:
            raise self._no_room
        if self._watchdog.verdict is WatchdogVerdict.IGNORED_STOP:
            return StoppedOutcome()  # Up to its last checkpoint: a slot is worth more than the rest.
        if self._watchdog.verdict is WatchdogVerdict.HANG:
            return FailedOutcome(failure=_hang(self._watchdog.limit_seconds))
        self._report_spool.put(Log(level="error", message=self._engine.stderr_tail or "Nothing on standard error."))
        self._report_spool.flush()
        if self._engine.died_with_server:
            return FailedOutcome(failure=SERVER_DIED)
        return FailedOutcome(failure=_crash(status, self._engine.stderr_tail))

    def _succeed(self, result: Result) -> Succeeded:
        model = self._directory / MODEL
        hold_files(result.files, self._output, model, beneath=self._directory)
        self._calls.upload_model(result, model)
        return Succeeded(result=result)

    def _log_noise(self, line: bytes) -> None:
        self._noise += 1
        if self._noise <= MOST_NOISE:
            log.warning("engine.noise_received", line=line[:NOISE_CHARACTERS].decode(errors="replace"))

    def _flush_remaining(self) -> None:
        try:
            self._uploader.drain()
        except CheckpointNotKept as error:
            log.warning("checkpoint.lost", error=str(error.__cause__))
        self._report_spool.flush()

    def _report(self, report: Report) -> None:
        try:
            self._calls.report(report)
        except CallFailed:
            # What the engine does from here on could never be told.
            self._engine.signal(signal.SIGKILL)
            raise

    def _keep(self, held: HeldCheckpoint) -> None:
        # A resume starts at this checkpoint, so the metrics up to it must be safe before it counts.
        self._report_spool.flush()
        try:
            self._calls.upload_checkpoint(held)
        except NoRoom as error:
            # What it trains from here on could not be kept either.
            self._no_room = error
            self._engine.signal(signal.SIGKILL)
            raise


def _hang(limit_seconds: float) -> Failed:
    return Failed(
        fault=Fault.HANG,
        code="hang",
        message=f"Training took no step for {limit_seconds:g} seconds, much longer than ever before, and was killed.",
        hint="It is tried again once from its last checkpoint.",
    )


def _crash(status: int, stderr_tail: str) -> Failed:
    how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    log.error("engine.crashed", status=status, stderr=stderr_tail)
    return Failed(
        fault=Fault.INFRASTRUCTURE,
        code="engine_crashed",
        message=f"The training process {how} without a word.",
        hint="It is tried again from its last checkpoint. If it is killed each time, it may need more memory.",
    )
