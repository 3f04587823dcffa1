"""Parts of generated answers on their way from a worker to waiting clients, through Redis.

One Redis stream per answer, kept for minutes. A loss here does no harm: the database gets the complete answer.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError
from redis import RedisError

from trainyard.core.broker import broker
from trainyard.core.connections import blocked
from trainyard_spec.generation import PredictionPart
from trainyard_spec.worker_protocol import PredictionParts

logger = structlog.get_logger(__name__)

KEPT_SECONDS = 600
MOST_ENTRIES = 20_000
PARTS: TypeAdapter[tuple[PredictionPart, ...]] = TypeAdapter(tuple[PredictionPart, ...])


@dataclass(frozen=True, slots=True)
class ReceivedParts:
    """Parts of answers. ``last`` is the stream id to continue after; ``first`` is the number of earlier parts."""

    last: str
    first: int
    parts: tuple[PredictionPart, ...]


START = "0"


def tell(prediction_id: str, told: PredictionParts) -> None:
    """Publishes the parts that a worker has generated."""
    _append(prediction_id, first=told.first, parts=told.parts)


def wake(prediction_id: str) -> None:
    """Wakes the readers: the complete answer is stored."""
    _append(prediction_id, first=0, parts=())


def _append(prediction_id: str, *, first: int, parts: tuple[PredictionPart, ...]) -> None:
    key = _key(prediction_id)
    try:
        with broker().pipeline() as pipeline:
            pipeline.xadd(key, {"first": first, "parts": PARTS.dump_json(parts)}, maxlen=MOST_ENTRIES, approximate=True)
            pipeline.expire(key, KEPT_SECONDS)
            pipeline.execute()
    except RedisError as error:
        logger.warning("prediction.parts_lost", prediction_id=prediction_id, error=str(error))


def mark_reader(prediction_id: str) -> None:
    """Notes that somebody reads along just now."""
    try:
        broker().set(_reader_key(prediction_id), 1, ex=KEPT_SECONDS)
    except RedisError as error:
        logger.warning("prediction.reader_unmarked", prediction_id=prediction_id, error=str(error))


def unread_for(prediction_id: str) -> timedelta | None:
    """Since when nobody has read along; ``None`` where it is not known, as while Redis is away or was emptied."""
    try:
        left: Any = broker().pttl(_reader_key(prediction_id))
    except RedisError:
        return None
    return None if left < 0 else timedelta(seconds=KEPT_SECONDS) - timedelta(milliseconds=left)


def hear(prediction_id: str, *, after: str, seconds: float) -> list[ReceivedParts]:
    """What was told since ``after``; waits up to ``seconds`` for something. Nothing while Redis does not answer."""
    mark_reader(prediction_id)
    try:
        with blocked():
            found: Any = broker().xread({_key(prediction_id): after}, block=max(1, int(seconds * 1_000)))
    except RedisError:
        return []
    entries: list[tuple[bytes, dict[bytes, bytes]]] = found[0][1] if found else []
    heard = []
    for last, fields in entries:
        try:
            parts = PARTS.validate_json(fields[b"parts"])
        except (ValidationError, KeyError):
            continue
        heard.append(ReceivedParts(last.decode(), int(fields[b"first"]), parts))
    return heard


def _key(prediction_id: str) -> str:
    return f"prediction-parts:{prediction_id}"


def _reader_key(prediction_id: str) -> str:
    return f"prediction-reader:{prediction_id}"
