"""Predictions of a finished model, as plain data."""

from typing import Any

import torch
from torch import Tensor

from trainyard_engine.inputs import Array, encode_inputs, encode_texts
from trainyard_engine.model_directory import LoadedModel
from trainyard_engine.training.objectives import Regression

BATCH_ROWS = 1024


def predict(model: LoadedModel, inputs: list[Any]) -> list[dict[str, Any]]:
    """One answer per input: ``{"label", "probabilities"}``, or ``{"value"}`` in the target's units.

    Raises ``EngineFault`` for an input that cannot be read.
    """
    if not inputs:
        return []
    arrays = _arrays(model, inputs)
    raw = tuple(torch.from_numpy(array).to(model.compute.device) for array in arrays)
    parts = zip(*(torch.split(tensor, BATCH_ROWS) for tensor in raw), strict=True)
    return [answer for part in parts for answer in _answers(model, model.outputs(part))]


def _arrays(model: LoadedModel, inputs: list[Any]) -> tuple[Array, ...]:
    if model.tokenizer:
        return (encode_texts(inputs, model.tokenizer),)
    return encode_inputs(inputs, model.config.profile)


def _answers(model: LoadedModel, outputs: Tensor) -> list[dict[str, Any]]:
    if isinstance(model.objective, Regression):
        return [{"value": value} for value in model.objective.values(outputs).tolist()]
    classes = model.config.classes
    return [
        {"label": classes[best], "probabilities": dict(zip(classes, row, strict=True))}
        for best, row in zip(outputs.argmax(dim=1).tolist(), outputs.softmax(dim=1).tolist(), strict=True)
    ]
