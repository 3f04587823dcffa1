"""Notification of a finished prediction, through Redis. A lost one costs a second, because waiters also poll."""

import time
from collections.abc import Callable, Iterator, Sequence

import structlog
from redis import RedisError

from trainyard.core.broker import broker
from trainyard.core.connections import blocked

logger = structlog.get_logger(__name__)

NOTIFICATION_SECONDS = 60
POLL_SECONDS = 1.0
POLL_SECONDS_WITHOUT_REDIS = 0.2


def notify(prediction_id: str) -> None:
    """Says that ``prediction_id`` ended."""
    key = _key(prediction_id)
    try:
        with broker().pipeline() as pipeline:
            pipeline.lpush(key, 1)
            pipeline.expire(key, NOTIFICATION_SECONDS)
            pipeline.execute()
    except RedisError as error:
        logger.warning("prediction.notification_failed", prediction_id=prediction_id, error=str(error))


def poll_instants(*prediction_ids: str, seconds: float, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Yields whenever it is worth polling for any of these, at once first, until ``seconds`` have passed."""
    deadline = clock() + seconds
    yield
    while (left := deadline - clock()) > 0:
        with blocked():
            _block(prediction_ids, seconds=min(left, POLL_SECONDS))
        yield


def _block(prediction_ids: Sequence[str], *, seconds: float) -> None:
    try:
        # Redis takes hundredths at the least; zero would mean for ever.
        broker().blpop([_key(each) for each in prediction_ids], timeout=max(seconds, 0.01))
    except RedisError:
        time.sleep(min(seconds, POLL_SECONDS_WITHOUT_REDIS))


def _key(prediction_id: str) -> str:
    return f"prediction:{prediction_id}"
