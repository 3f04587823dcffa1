"""Answers about models. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import EvaluationKind, Task
from trainyard_client.types.enums_2 import Origin
from trainyard_client.types.shared import Histogram, Verdict


class AlternativeToken(Answer):
    token: str
    bytes: list[int] | None
    """UTF-8 bytes; null for a token that is part of a character."""
    logprob: float


class ClassReport(Answer):
    classes: list[str]
    """Class names; the other lists are in this order."""
    precision: list[float | None]
    """Precision per class; 0 for a class with test rows that was never predicted, null without both."""
    recall: list[float | None]
    """Recall per class; null for a class without test rows."""
    f1: list[float | None]
    """F1 per class; null where the precision is null."""
    rows: list[int]
    """Number of test rows per class."""
    confusion: list[list[int]]
    """Confusion matrix: a row per true class, a column per predicted class. Empty for more than 100 classes."""


class ForecastPoint(Answer):
    row: int
    truth: float | None
    prediction: float | None
    naive: float | None


class StepError(Answer):
    """Mean absolute error of a forecast this many steps ahead, in units of the target."""

    step: int
    model: float
    naive: float | None
    seasonal_naive: float | None


class Forecast(Answer):
    series: str
    all_series: list[str]
    step: int
    points: list[ForecastPoint]
    """The last 600 points, in order of time."""
    errors: list[StepError]


class PlaceShare(Answer):
    within: int | None
    """Largest rank of the true item; null for all rows."""
    rows: int


class Residuals(Answer):
    target: str
    targets: list[str]
    """Names of the targets; empty for a single target."""
    points: list[list[float]]
    """True value and prediction of up to 800 evenly spaced rows."""
    histogram: Histogram
    """Histogram of prediction minus true value."""
    bias: float
    """Mean of prediction minus true value."""
    half_within: float
    """Median absolute error."""
    most_within: float
    """90th percentile of the absolute error."""


class ThresholdPoint(Answer):
    threshold: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float | None
    """Precision; null if the class is never predicted."""
    recall: float | None


class Thresholds(Answer):
    label: str
    labels: list[str]
    points: list[ThresholdPoint]


class Evaluation(Answer):
    kind: EvaluationKind
    rows: int
    """Number of test rows that were read."""
    is_whole: bool
    """Whether these are all test rows; at most 50,000 are read."""
    thresholds: Thresholds | None
    """Metrics by decision threshold, for classes and labels."""
    residuals: Residuals | None
    """Residuals, for regressions."""
    forecast: Forecast | None
    places: list[PlaceShare] | None
    """Shares of test rows by the rank of the true item, for recommendation."""


class FoundEntity(Answer):
    """Entity in a text, from character offset `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int
    label: str
    text: str
    score: float
    """Mean probability of the tags of its words."""


class GeneratedToken(Answer):
    token: str
    bytes: list[int] | None
    """UTF-8 bytes; null for a token that is part of a character."""
    logprob: float
    top_logprobs: list[AlternativeToken]


class ModelFile(Answer):
    name: str
    bytes: int
    sha256: str


class Model(Answer):
    id: str
    job_id: str
    """Empty for an imported adapter."""
    origin: Origin
    """Whether it was trained by a job or imported."""
    base: str
    """Registered base model of an imported adapter; else empty."""
    name: str
    task: Task
    architecture: str
    dataset_id: str
    """Empty for an imported adapter."""
    dataset_version: str
    """Empty for an imported adapter."""
    init_from: str | None
    """Id of the model from which its training started."""
    test_metrics: dict[str, float]
    verdict: Verdict | None
    """Comparison with baselines; null for models of earlier releases."""
    parameters: int
    """Number of trained weights."""
    weights_sha256: str
    files: list[ModelFile]
    created_at: datetime
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of predict, delete."""


class ModelDetail(Answer):
    id: str
    job_id: str
    """Empty for an imported adapter."""
    origin: Origin
    """Whether it was trained by a job or imported."""
    base: str
    """Registered base model of an imported adapter; else empty."""
    name: str
    task: Task
    architecture: str
    dataset_id: str
    """Empty for an imported adapter."""
    dataset_version: str
    """Empty for an imported adapter."""
    init_from: str | None
    """Id of the model from which its training started."""
    test_metrics: dict[str, float]
    verdict: Verdict | None
    """Comparison with baselines; null for models of earlier releases."""
    parameters: int
    """Number of trained weights."""
    weights_sha256: str
    files: list[ModelFile]
    created_at: datetime
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of predict, delete."""
    class_report: ClassReport | None
    """Test results per class."""
