"""Answers about models. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Task
from trainyard_client.types.shared import Verdict


class ClassReport(Answer):
    classes: list[str]
    """In the order of everything below."""
    precision: list[float | None]
    """0 for a class with test rows that no row was taken for; null where neither is the case."""
    recall: list[float | None]
    """Null for a class without test rows."""
    f1: list[float | None]
    """Null where precision is."""
    rows: list[int]
    """Test rows of each class."""
    confusion: list[list[int]]
    """A row for each class: how many of it were taken for which. Empty for more than 100 classes."""


class ModelFile(Answer):
    name: str
    bytes: int
    sha256: str


class Model(Answer):
    id: str
    job_id: str
    name: str
    task: Task
    architecture: str
    dataset_id: str
    dataset_version: str
    test_metrics: dict[str, float]
    verdict: Verdict | None
    """Null of models of earlier releases."""
    parameters: int
    """Number of trained weights."""
    weights_sha256: str
    files: list[ModelFile]
    created_at: datetime


class ModelDetail(Answer):
    id: str
    job_id: str
    name: str
    task: Task
    architecture: str
    dataset_id: str
    dataset_version: str
    test_metrics: dict[str, float]
    verdict: Verdict | None
    """Null of models of earlier releases."""
    parameters: int
    """Number of trained weights."""
    weights_sha256: str
    files: list[ModelFile]
    created_at: datetime
    class_report: ClassReport | None
    """What happened to each class in the test."""


class PredictionWarning(Answer):
    """What the model did not know of the input, or did not read."""

    code: str
    message: str
    column: str | None
    """The part of the input that is meant, if it has parts."""


class RecommendedItem(Answer):
    item: str
    score: float
    """The rating, of a model that learnt ratings; higher is better."""


class Prediction(Answer):
    """``label`` and ``probabilities`` of a classification, ``value`` of a regression, ``values`` of a forecast."""

    label: str | None
    probabilities: dict[str, float] | None
    value: float | None
    text: str | None
    labels: list[str] | None
    """Those with a probability over 0.5."""
    values_: list[float] | dict[str, float] | None
    """The next steps in order, or a number for each target."""
    items_: list[RecommendedItem] | None
    known_user: bool | None
    """Whether training met the user."""
    known_item: bool | None
    """Whether training met the item."""
    warnings: list[PredictionWarning]
    """What to know before relying on the answer: empty where nothing is, at most 20."""


class Predictions(Answer):
    predictions: list[Prediction]
