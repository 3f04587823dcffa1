"""Predictions of a finished model, as plain data."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.modalities.inputs import Array
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.shared.classification import Classification, of_each_class
from trainyard_engine.tasks.shared.multi_label import MultiLabel


def predict(model: LoadedModel, inputs: list[Any]) -> list[dict[str, Any]]:
    """One answer per input; what it holds is the task's, and ``warnings``, a list of ``PredictionWarning`` as data.

    Raises ``EngineFault`` for an input that cannot be read.
    """
    if not inputs:
        return []
    notes = Notes()
    answers = handler_for(model.config.spec.task).predict(model, inputs, notes)
    return [
        {**answer, "warnings": [warning.model_dump() for warning in notes.of(index)]}
        for index, answer in enumerate(answers)
    ]


def outputs_of(model: LoadedModel, arrays: Sequence[Array]) -> Tensor:
    """The model's outputs for stored arrays, a bounded number of rows at a time."""
    raw = [torch.from_numpy(array).to(model.compute.device) for array in arrays]
    parts = zip(*(torch.split(tensor, model.objective.evaluation_rows) for tensor in raw), strict=True)
    return torch.cat([model.outputs(part) for part in parts])


def class_answers(model: LoadedModel, outputs: Tensor) -> list[dict[str, Any]]:
    """``{"label", "probabilities"}`` for each row of a classification's outputs (rows, logits), or ``labels``."""
    classes, objective = model.config.classes, model.objective
    if isinstance(objective, MultiLabel):
        return [
            {
                "labels": [label for label, is_chosen in zip(classes, chosen, strict=True) if is_chosen],
                "probabilities": dict(zip(classes, row, strict=True)),
            }
            for chosen, row in zip((outputs > 0).tolist(), objective.probabilities(outputs).tolist(), strict=True)
        ]
    if not isinstance(objective, Classification):
        raise TypeError(f"{model.config.spec.task} has no classes")
    best_classes = of_each_class(outputs).argmax(dim=1).tolist()
    return [
        {"label": classes[best], "probabilities": dict(zip(classes, row, strict=True))}
        for best, row in zip(best_classes, objective.probabilities(outputs).tolist(), strict=True)
    ]
