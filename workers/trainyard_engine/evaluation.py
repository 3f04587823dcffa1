"""Runs a model over whole parts of a dataset."""

import torch

from trainyard_engine.data.sources import Source
from trainyard_engine.data.split import Rows
from trainyard_engine.model_directory import LoadedModel

BATCH_ROWS = 1024


def evaluate(model: LoadedModel, source: Source, rows: Rows) -> dict[str, float]:
    """The objective's metrics over ``rows``. Leaves the network in the mode, training or not, it was in."""
    was_training = model.network.training
    model.network.eval()
    outputs, targets = [], []
    for batch in source.batches(rows, size=BATCH_ROWS):
        outputs.append(model.outputs(batch.raw))
        targets.append(batch.target)
    model.network.train(was_training)
    with torch.inference_mode():
        return model.objective.metrics(torch.cat(outputs), torch.cat(targets))
