"""Predictions with somebody waiting: asked, waited for, answered."""

from datetime import datetime
from typing import Any

from trainyard.core.time import database_now
from trainyard.registry import notification, predictions
from trainyard.registry.generation import Wanted


def answered(
    *, model_id: str, inputs: list[Any], created_by: str, now: datetime, wanted: Wanted = "text"
) -> list[dict[str, Any]]:
    """The answers to ``inputs``, in order. Raises what ``submit`` raises, and ``PredictionFailed``."""
    prediction = predictions.submit(model_id=model_id, inputs=inputs, created_by=created_by, wanted=wanted, now=now)
    seconds = (prediction.deadline - prediction.created_at).total_seconds()
    for _ in notification.poll_instants(prediction.id, seconds=seconds):
        answers = predictions.answers(prediction_id=prediction.id)
        if answers is not None:
            return answers
    predictions.cancel(prediction_id=prediction.id, now=database_now())
    return predictions.answers(prediction_id=prediction.id) or []
