"""Sends parts of generated answers to the control plane, in a thread other than the one that reads them.

Parts that are generated while a message is sent go with the next one. Nothing waits for them and nothing is retried,
because the complete answer follows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread

import structlog

from trainyard_spec.generation import PredictionPart
from trainyard_spec.worker_protocol import MOST_PARTS, PredictionClaim, PredictionParts
from trainyard_worker.client import ControlPlane
from trainyard_worker.transport import CallFailed, Refused

log = structlog.get_logger()


@contextmanager
def telling_parts(
    claim: PredictionClaim, control_plane: ControlPlane, *, left: Callable[[], None]
) -> Iterator[Callable[[PredictionPart], None] | None]:
    """What takes the parts of the answers to ``claim``, or None where nobody reads along.

    ``left`` is called, once and from another thread, when whoever reads has left.
    """
    if claim.generation is None or not claim.generation.streams:
        yield None
        return
    waiting: SimpleQueue[PredictionPart | None] = SimpleQueue()
    arguments = (claim.prediction_id, waiting, control_plane, left)
    teller = Thread(target=_tell, args=arguments, name="told-parts", daemon=True)
    teller.start()
    try:
        yield waiting.put
    finally:
        waiting.put(None)
        teller.join()


def _tell(
    prediction_id: str,
    waiting: "SimpleQueue[PredictionPart | None]",
    control_plane: ControlPlane,
    left: Callable[[], None],
) -> None:
    told, is_over, has_reader = 0, False, True
    while not is_over:
        parts = [waiting.get()]
        while parts[-1] is not None and len(parts) < MOST_PARTS:
            try:
                parts.append(waiting.get_nowait())
            except Empty:
                break
        is_over = parts[-1] is None
        written = [part for part in parts if part is not None]
        try:
            if written and has_reader:
                control_plane.tell_parts(prediction_id, PredictionParts(first=told, parts=tuple(written)))
        except Refused as error:
            log.info("prediction.reader_left", prediction_id=prediction_id, code=error.code)
            has_reader = False
            left()
        except CallFailed as error:
            log.warning("prediction.parts_lost", prediction_id=prediction_id, error=str(error))
        told += len(written)
