"""Runs a model over whole parts of a dataset."""

from collections.abc import Callable

import torch
from torch import Tensor

from trainyard_engine.data.batches import Batch
from trainyard_engine.data.split import Rows
from trainyard_engine.kinds.kind import Source
from trainyard_engine.model import LoadedModel


class Collected:
    """An evaluation that keeps all outputs, for metrics that need them at once."""

    def __init__(self, metrics: Callable[[Tensor, Tensor], dict[str, float]]) -> None:
        self._metrics = metrics
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self._outputs.append(model.outputs(batch.raw))
        self._targets.append(batch.target)

    def metrics(self) -> dict[str, float]:
        with torch.inference_mode():
            return self._metrics(torch.cat(self._outputs), torch.cat(self._targets))


def evaluate(model: LoadedModel, source: Source, rows: Rows, *, final: bool) -> dict[str, float]:
    """The objective's metrics over the examples ``rows``; ``final``: also those that only a finished model is worth.

    Leaves the network in the mode, training or not, it was in.
    """
    was_training = model.network.training
    model.network.eval()
    evaluation = model.objective.evaluation(final=final)
    for batch in source.batches(rows, size=model.objective.evaluation_rows):
        evaluation.add(model, batch)
    model.network.train(was_training)
    return evaluation.metrics()
