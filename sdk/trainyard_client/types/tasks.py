"""Answers about tasks. Written by ``scripts/client_types.py``."""

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import DataKind, Direction, InputKind, Task


class Recommendation(Answer):
    architecture: str
    rows: int
    """Minimum number of rows of the dataset."""


class TaskMetric(Answer):
    name: str
    direction: Direction
    """Whether lower or higher values are better."""
    meaning: str


class TaskRole(Answer):
    name: str
    """Dataset option that names one or several columns."""
    required: bool
    description: str


class TaskEntry(Answer):
    name: Task
    title: str
    summary: str
    data_kind: DataKind
    """Kind of a dataset row."""
    input_kind: InputKind
    """Kind of a prediction input."""
    losses: list[str]
    """Values of `training.loss`."""
    default_loss: str
    """Loss that `auto` means; for ratings it is `mse`."""
    metrics: list[TaskMetric]
    """Metrics of a finished model."""
    default_metric: str
    """The metric that models are compared by."""
    stopping_metrics: list[str]
    """Metrics for early stopping and plateau schedules."""
    splits: list[str]
    """Values of `split.by`."""
    default_split: str
    sections: list[str]
    """The parts of `training` that only some tasks have."""
    roles: list[TaskRole]
    """Roles of an upload's columns."""
    options: list[str]
    """All options that its datasets take."""
    architectures: list[str]
    recommended: list[Recommendation]
    """Recommended architectures; the last one for which the dataset has enough rows applies."""
