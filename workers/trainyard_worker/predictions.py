"""Answers prediction requests with finished models, beside the trainings."""

import json
import signal
from contextlib import suppress
from pathlib import Path
from threading import Event, Timer
from time import monotonic
from typing import Annotated

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from trainyard_common.untrusted import remove_tree
from trainyard_spec.engine_protocol import Failed, Fault, Predictions
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import PredictionClaim, PredictionFinish
from trainyard_worker.confinement import temporary_files
from trainyard_worker.engine import EngineProcess
from trainyard_worker.forkserver import ForkServerDown
from trainyard_worker.transport import CallFailed, CorruptDownload
from trainyard_worker.workshop import Workshop

log = structlog.get_logger()

CPU_ONLY = {"CUDA_VISIBLE_DEVICES": ""}
"""A prediction must not take memory of the device that a training next door was measured for."""


PREDICTION_END: TypeAdapter[Predictions | Failed] = TypeAdapter(
    Annotated[Predictions | Failed, Field(discriminator="type")]
)


class Predictor:
    """Claims predictions while there are any, and answers each while somebody waits for it. Threads may share one."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._control_plane = workshop.control_plane
        self._stopped = Event()

    def stop(self) -> None:
        """Takes no more predictions and stops trying for the one at hand."""
        self._stopped.set()

    def answer_waiting(self) -> None:
        """Answers what waits. Raises ``CallFailed`` when the control plane does not answer."""
        while not self._stopped.is_set():
            claim = self._control_plane.claim_prediction()
            if claim is None:
                return
            finish = self._answer(claim)
            log.info(
                "prediction.finished",
                prediction_id=claim.prediction_id,
                failure=finish.failure.code if finish.failure else None,
            )
            self._control_plane.finish_prediction(claim.prediction_id, finish, give_up=self._stopped)

    def _answer(self, claim: PredictionClaim) -> PredictionFinish:
        deadline = monotonic() + claim.seconds
        directory = self._workshop.state.predictions / claim.prediction_id

        def fetch(entry: FileEntry, destination: Path) -> None:
            self._control_plane.download_model_file(claim.prediction_id, entry, destination, give_up=self._stopped)

        try:
            directory.mkdir(mode=0o700, parents=True)
            inputs = directory / "inputs.json"
            inputs.write_text(json.dumps({"inputs": claim.inputs}))
            with self._workshop.models.hold(claim.model_id, claim.model_files, fetch) as model:
                confinement = self._workshop.confinement
                engine = self._workshop.forkserver.spawn(
                    arguments=_predict_command(model=model, inputs=inputs, threads=self._workshop.threads),
                    environment={**CPU_ONLY, **temporary_files(directory)},
                    directory=directory,
                    policy=confinement.of_prediction(directory, readable=(model, inputs)),
                    limits=confinement.limits(slots=1),
                )
                return self._outcome(engine, claim, seconds=max(0.0, deadline - monotonic()))
        except (CallFailed, CorruptDownload, ForkServerDown, OSError) as error:
            log.exception("prediction.failed", prediction_id=claim.prediction_id)
            return _failure("prediction_unavailable", f"The prediction could not be made: {error}")
        finally:
            with suppress(OSError):
                remove_tree(directory)

    def _outcome(self, engine: EngineProcess, claim: PredictionClaim, *, seconds: float) -> PredictionFinish:
        timed_out = Event()

        def time_out() -> None:
            timed_out.set()
            engine.signal(signal.SIGKILL)

        timer = Timer(seconds, time_out)
        timer.daemon = True
        timer.start()
        try:
            ends = [end for line in engine.lines() if (end := _parse(line)) is not None]
            status = engine.wait()
        finally:
            timer.cancel()
            engine.signal(signal.SIGKILL)
            engine.close()
        match ends:
            case [Predictions(predictions=predictions)]:
                return PredictionFinish(predictions=predictions)
            case [Failed() as failure]:
                return PredictionFinish(failure=failure)
        if timed_out.is_set():
            return _failure("prediction_timeout", f"No answer within {claim.seconds:.0f} seconds.")
        log.error("engine.crashed", status=status, stderr=engine.stderr_tail)
        return _failure("engine_crashed", f"The prediction process ended with status {status} without an answer.")


def _predict_command(*, model: Path, inputs: Path, threads: int) -> list[str]:
    return ["predict", "--model", str(model), "--inputs", str(inputs), "--threads", str(threads), "--device", "cpu"]


def _parse(line: bytes) -> Predictions | Failed | None:
    try:
        return PREDICTION_END.validate_json(line)
    except ValidationError:
        log.warning("engine.noise", line=line[:300].decode(errors="replace"))
        return None


def _failure(code: str, message: str) -> PredictionFinish:
    return PredictionFinish(failure=Failed(fault=Fault.INFRASTRUCTURE, code=code, message=message))
