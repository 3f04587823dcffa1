"""Answers about tasks. Written by ``scripts/client_types.py``."""

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import DataKind, Direction, InputKind, Task


class Recommendation(Answer):
    architecture: str
    rows: int
    """For datasets of so many rows and more."""


class TaskMetric(Answer):
    name: str
    direction: Direction
    """Which way is better."""
    meaning: str


class TaskRole(Answer):
    name: str
    """The dataset's option that names a column, or several."""
    required: bool
    description: str


class TaskEntry(Answer):
    name: Task
    title: str
    summary: str
    data_kind: DataKind
    """What a row of a dataset is."""
    input_kind: InputKind
    """What a prediction is asked."""
    losses: list[str]
    """Values of `training.loss`."""
    default_loss: str
    """What `auto` is, but for ratings, of which it is `mse`."""
    metrics: list[TaskMetric]
    """What a finished model is judged by."""
    default_metric: str
    """The metric that models are compared by."""
    stopping_metrics: list[str]
    """What early stopping and a plateau schedule may watch."""
    splits: list[str]
    """Values of `split.by`."""
    default_split: str
    sections: list[str]
    """The parts of `training` that only some tasks have."""
    roles: list[TaskRole]
    """What columns of an upload may be."""
    options: list[str]
    """All options that its datasets take."""
    architectures: list[str]
    recommended: list[Recommendation]
    """What to begin with: the last one that the dataset has the rows for."""
