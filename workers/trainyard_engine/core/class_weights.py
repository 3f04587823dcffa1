"""Class weights: what a row counts in the loss."""

import numpy as np

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.split import Rows
from trainyard_spec.training import TrainingConfig


def class_weights(spec: TrainingConfig, dataset: Dataset, train: Rows) -> tuple[float, ...]:
    """A weight for every class, or none at all where every row counts alike.

    Balanced ones are rows / (classes * rows of the class) over the rows ``train``, after King & Zeng (2001), "Logistic
    Regression in Rare Events Data".
    """
    classes = dataset.compiled.classes
    wanted = spec.class_weights or ()
    if spec.balance_classes:
        counts = np.bincount(dataset.target[train], minlength=len(classes))
        return tuple((len(train) / (len(classes) * np.maximum(counts, 1))).tolist())
    return wanted
