"""Answers about models. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import EvaluationKind, Task
from trainyard_client.types.enums_2 import Origin
from trainyard_client.types.shared import Histogram, Verdict


class AlternativeToken(Answer):
    token: str
    bytes: list[int] | None
    """UTF-8; null of a part of a character."""
    logprob: float


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


class ForecastPoint(Answer):
    row: int
    truth: float | None
    prediction: float | None
    naive: float | None


class StepError(Answer):
    """Mean absolute errors so many steps ahead."""

    step: int
    model: float
    naive: float | None
    seasonal_naive: float | None


class Forecast(Answer):
    series: str
    all_series: list[str]
    step: int
    points: list[ForecastPoint]
    """The last 600, in order."""
    errors: list[StepError]


class PlaceShare(Answer):
    within: int | None
    """Null for all rows."""
    rows: int


class Residuals(Answer):
    target: str
    targets: list[str]
    """Empty where there is one."""
    points: list[list[float]]
    """Truth and prediction of up to 800 rows, evenly over all."""
    histogram: Histogram
    """Of prediction minus truth."""
    bias: float
    """Mean of prediction minus truth."""
    half_within: float
    """Half of the predictions are off by at most so much."""
    most_within: float
    """Nine in ten are off by at most so much."""


class ThresholdPoint(Answer):
    threshold: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float | None
    """Null where nothing is taken for the class."""
    recall: float | None


class Thresholds(Answer):
    label: str
    labels: list[str]
    points: list[ThresholdPoint]


class Evaluation(Answer):
    kind: EvaluationKind
    rows: int
    """Test rows that were read."""
    is_whole: bool
    """Whether these are all: at most 50,000 are read."""
    thresholds: Thresholds | None
    """Of classes and labels."""
    residuals: Residuals | None
    """Of numbers."""
    forecast: Forecast | None
    places: list[PlaceShare] | None
    """Of an order of items."""


class FoundEntity(Answer):
    """Of a text, from character `start` to before character `end`."""

    start: int
    end: int
    label: str
    text: str
    score: float
    """The mean probability of the tags of its words."""


class GeneratedToken(Answer):
    token: str
    bytes: list[int] | None
    """UTF-8; null of a part of a character."""
    logprob: float
    top_logprobs: list[AlternativeToken]


class ModelFile(Answer):
    name: str
    bytes: int
    sha256: str


class Model(Answer):
    id: str
    job_id: str
    """Empty of an imported adapter."""
    origin: Origin
    """Whether a job made it, or an upload."""
    base: str
    """Of an imported adapter: the registered model that it adapts; else empty."""
    name: str
    task: Task
    architecture: str
    dataset_id: str
    """Empty of an imported adapter."""
    dataset_version: str
    """Empty of an imported adapter."""
    init_from: str | None
    """The model that its training started from."""
    test_metrics: dict[str, float]
    verdict: Verdict | None
    """Null of models of earlier releases."""
    parameters: int
    """Number of trained weights."""
    weights_sha256: str
    files: list[ModelFile]
    created_at: datetime
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of predict, delete."""


class ModelDetail(Answer):
    id: str
    job_id: str
    """Empty of an imported adapter."""
    origin: Origin
    """Whether a job made it, or an upload."""
    base: str
    """Of an imported adapter: the registered model that it adapts; else empty."""
    name: str
    task: Task
    architecture: str
    dataset_id: str
    """Empty of an imported adapter."""
    dataset_version: str
    """Empty of an imported adapter."""
    init_from: str | None
    """The model that its training started from."""
    test_metrics: dict[str, float]
    verdict: Verdict | None
    """Null of models of earlier releases."""
    parameters: int
    """Number of trained weights."""
    weights_sha256: str
    files: list[ModelFile]
    created_at: datetime
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of predict, delete."""
    class_report: ClassReport | None
    """What happened to each class in the test."""
