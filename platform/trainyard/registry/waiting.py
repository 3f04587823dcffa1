"""Predictions that a client waits for: request, wait, answer."""

from datetime import datetime
from typing import Any

from trainyard.core.time import database_now
from trainyard.registry import notification, predictions
from trainyard.registry.generation import Wanted, writes
from trainyard.registry.models import Model
from trainyard_spec.tasks import Task


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


def answered_with_vectors(*, model: Model, texts: list[Any], created_by: str, now: datetime) -> list[dict[str, Any]]:
    """An answer with an ``embedding`` for each of ``texts``, which language models take as lists of token ids too.

    Raises what ``answered`` raises, ``NoLanguageModel`` for a model of another task among it.
    """
    if model.task == Task.SENTENCE_EMBEDDING and not writes(model):
        return answered(model_id=model.id, inputs=texts, created_by=created_by, now=now)
    prompts = [{"prompt": each} for each in texts]
    return answered(model_id=model.id, inputs=prompts, created_by=created_by, wanted="embedding", now=now)
