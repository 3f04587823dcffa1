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
    """Total size of all files."""
    error: ModelExportError | None
    """Why it failed."""
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    """When its files are deleted; the model can be exported again."""


class PredictionWarning(Answer):
    """A part of the input that the model did not know or did not read."""

    code: str
    message: str
    column: str | None
    """Part of the input that the warning is about, if it has parts."""


class RecommendedItem(Answer):
    item: str
    score: float
    """Score, higher is better; a rating if the model was trained on ratings."""


class TokenUsage(Answer):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Prediction(Answer):
    """Prediction for one input; the task decides which fields are set."""

    label: str | None
    probabilities: dict[str, float] | None
    value: float | None
    text: str | None
    labels: list[str] | None
    """Labels with a probability over 0.5."""
    values_: list[float] | dict[str, float] | None
    """Forecast steps in order, or a number per target."""
    embedding: list[float] | None
    """Embedding of a text, a vector of length 1."""
    similarity: float | None
    """Cosine similarity of two texts."""
    tokens: list[str] | None
    """The words of the text."""
    tags: list[str] | None
    """Tag of each word."""
    scores: list[float] | None
    """Probability of each word's tag."""
    entities: list[FoundEntity] | None
    items_: list[RecommendedItem] | None
    known_user: bool | None
    """Whether the user is in the training data."""
    known_item: bool | None
    """Whether the item is in the training data."""
    finish_reason: str | None
    """For language models: `stop` at the end of the text or a stop sequence, `length` at the token limit."""
    usage: TokenUsage | None
    """For language models: number of prompt and completion tokens."""
    seed: int | None
    """For language models: random seed of the sampling."""
    logprobs: list[GeneratedToken] | None
    """Generated tokens with log-probabilities, if requested."""
    warnings: list[PredictionWarning]
    """Reasons why the prediction may be unreliable, at most 20."""


class Predictions(Answer):
    predictions: list[Prediction]


class TestExample(Answer):
    """Content of the test row; exactly one field is set."""

    text: str | None
    tokens: list[str] | None
    """Words of a tagged text."""
    png: str | None
    """Base64."""
    wav: str | None
    """First seconds as WAV, base64."""
    cells: dict[str, Any] | None
    steps: list[float | None] | None
    """First channel of a series."""


class WrittenAnswer(Answer):
    """Generated answer of a language model; `truth` is the reference and `prediction` the answer."""

    prompt: str
    """Prompt as the model reads it."""
    base_prediction: str
    """Answer of the base model, before fine-tuning."""
    grades: dict[str, float]
    """Score of the answer from 0 to 1, per grader."""
    base_grades: dict[str, float]
    """Score of the base model's answer from 0 to 1, per grader."""


class TestRow(Answer):
    row: int | None
    """Row of the upload, from 1."""
    place: dict[str, str]
    """Where the row comes from, such as `file`, `series` or `user`."""
    truth: str | None
    prediction: str | None
    confidence: float | None
    """The probability of the predicted class."""
    error: float | None
    """Error of the prediction; greater is worse."""
    example: TestExample | None
    """Input of the row; null once the dataset is deleted."""
    written: WrittenAnswer | None
    """Generated answer; null for other models and rows that were not graded."""


class TestRowPage(Answer):
    next_cursor: str | None
    """Cursor of the next page, to be passed as `cursor`; null on the last page."""
    data: list[TestRow]
    total: int
