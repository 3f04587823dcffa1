"""Predictions with finished models on a worker, beside its trainings."""

from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic

import structlog

from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.files import FileEntry
from trainyard_spec.worker_protocol import PredictionClaim, PredictionFinish
from trainyard_worker.context import WorkerContext
from trainyard_worker.file_cache import Fetch
from trainyard_worker.forkserver_client import ForkServerDown
from trainyard_worker.served_model import NoAnswer, ServedModel, warm_key
from trainyard_worker.told_parts import telling_parts
from trainyard_worker.transport import CallFailed, CorruptDownload
from trainyard_worker.warm_models import WarmModels

log = structlog.get_logger()


class Predictor:
    """Claims predictions while there are any, and answers each before its deadline. Thread-safe."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._control_plane = context.control_plane
        self._warm = WarmModels()
        self._stopped = Event()

    def stop(self) -> None:
        """Takes no more predictions and stops trying for the one at hand."""
        self._stopped.set()
        self._warm.close()

    def answer_waiting(self) -> None:
        """Answers what waits. Raises ``CallFailed`` when the control plane does not answer."""
        self._warm.close_idle()
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
        try:
            if (warm := self._warm.take(warm_key(claim))) is not None:
                try:
                    return self._ask(warm, claim, deadline)
                except NoAnswer as end:
                    if end.timed_out or end.overuse is not None:
                        raise
                    # It may have died of old age, not of these inputs: a new one will tell.
                    log.warning("model.lost", model_id=claim.model_id, status=end.status)
            return self._ask(ServedModel(claim, self._context, self._fetch_for(claim)), claim, deadline)
        except NoAnswer as end:
            if end.overuse is not None:
                return PredictionFinish(failure=end.overuse)
            if end.timed_out:
                return _failure("prediction_timeout", f"No answer within {claim.seconds:.0f} seconds.")
            log.error("engine.crashed", status=end.status, stderr=end.stderr)
            return _failure("engine_crashed", str(end))
        except (CallFailed, CorruptDownload, ForkServerDown, OSError) as error:
            log.exception("prediction.failed", prediction_id=claim.prediction_id)
            return _failure("prediction_unavailable", f"The prediction could not be made: {error}")

    def _ask(self, model: ServedModel, claim: PredictionClaim, deadline: float) -> PredictionFinish:
        try:
            left = partial(model.reader_left, claim.prediction_id)
            with telling_parts(claim, self._control_plane, left=left) as tell:
                answer = model.answer(claim, self._fetch_for(claim), seconds=deadline - monotonic(), tell=tell)
        except BaseException:
            model.close()
            raise
        self._warm.give_back(model)
        if isinstance(answer, Failed):
            return PredictionFinish(failure=answer)
        return PredictionFinish(predictions=answer.predictions)

    def _fetch_for(self, claim: PredictionClaim) -> Fetch:
        def fetch(entry: FileEntry, destination: Path) -> None:
            self._control_plane.download_model_file(claim.prediction_id, entry, destination, give_up=self._stopped)

        return fetch


def _failure(code: str, message: str) -> PredictionFinish:
    return PredictionFinish(failure=Failed(fault=Fault.INFRASTRUCTURE, code=code, message=message))
