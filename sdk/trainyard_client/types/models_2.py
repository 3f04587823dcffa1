"""Answers about models. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Format
from trainyard_client.types.enums_2 import ModelExportState
from trainyard_client.types.models import FoundEntity, GeneratedToken, ModelFile


class ModelExportError(Answer):
    code: str
    message: str
    hint: str


class ModelExport(Answer):
    id: str
    model_id: str
    format: Format
    state: ModelExportState
    files: list[ModelFile]
    """Empty until it has succeeded."""
    bytes: int
    """Of all files together."""
    error: ModelExportError | None
    """Why it failed."""
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    """Its files are deleted then; another can be made."""


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


class TokenUsage(Answer):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


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
    embedding: list[float] | None
    """Of a text: a vector of length 1."""
    similarity: float | None
    """Of two texts: the cosine of their vectors."""
    tokens: list[str] | None
    """The words of the text."""
    tags: list[str] | None
    """One of each word."""
    scores: list[float] | None
    """The probability of each word's tag."""
    entities: list[FoundEntity] | None
    items_: list[RecommendedItem] | None
    known_user: bool | None
    """Whether training met the user."""
    known_item: bool | None
    """Whether training met the item."""
    finish_reason: str | None
    """Of a language model: `stop` at its end or a stop sequence, `length` at the limit."""
    usage: TokenUsage | None
    """Of a language model: tokens read and written."""
    seed: int | None
    """Of a language model: what decided the draws."""
    logprobs: list[GeneratedToken] | None
    """Each token written, where asked."""
    warnings: list[PredictionWarning]
    """What to know before relying on the answer: empty where nothing is, at most 20."""


class Predictions(Answer):
    predictions: list[Prediction]


class TestExample(Answer):
    """What the row holds; one of these is set."""

    text: str | None
    tokens: list[str] | None
    """Words of a tagged text."""
    png: str | None
    """Base64."""
    wav: str | None
    """Base64; the first seconds."""
    cells: dict[str, Any] | None
    steps: list[float | None] | None
    """Of a series, its first channel."""


class WrittenAnswer(Answer):
    """Beside `truth`, which is wanted, and `prediction`, which the model writes."""

    prompt: str
    """What was asked, as the model reads it."""
    base_prediction: str
    """What the model wrote before it was tuned."""
    grades: dict[str, float]
    """Of the prediction, 0 to 1 by grader."""
    base_grades: dict[str, float]
    """Of the base's, likewise."""


class TestRow(Answer):
    row: int | None
    """Of the upload, from 1."""
    place: dict[str, str]
    """`file`, `series`, `user` and the like."""
    truth: str | None
    prediction: str | None
    confidence: float | None
    """The probability of the predicted class."""
    error: float | None
    """Greater the worse the answer is."""
    example: TestExample | None
    """Null once the dataset is gone."""
    written: WrittenAnswer | None
    """Null of other models, and of rows not graded."""


class TestRowPage(Answer):
    next_cursor: str | None
    """Pass it as `cursor` to get the next page; null on the last."""
    data: list[TestRow]
    total: int
