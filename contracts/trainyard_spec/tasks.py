"""The learning tasks a dataset and a job can be for, and what the rest of the contract has to know about each."""

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    IMAGE_CLASSIFICATION = "image_classification"
    IMAGE_REGRESSION = "image_regression"
    TEXT_CLASSIFICATION = "text_classification"
    AUDIO_CLASSIFICATION = "audio_classification"
    SPEECH_RECOGNITION = "speech_recognition"
    LANGUAGE_MODELLING = "language_modelling"
    TRANSLATION = "translation"
    TABULAR_CLASSIFICATION = "tabular_classification"
    TABULAR_REGRESSION = "tabular_regression"
    TIME_SERIES_FORECASTING = "time_series_forecasting"
    SEQUENCE_CLASSIFICATION = "sequence_classification"
    RECOMMENDATION = "recommendation"

    @property
    def traits(self) -> "TaskTraits":
        return TRAITS[self]

    @property
    def is_classification(self) -> bool:
        return self.traits.has_classes


class DataKind(StrEnum):
    """What one row of a dataset is."""

    IMAGES = "images"
    TEXTS = "texts"
    RECORDINGS = "recordings"
    TABLES = "tables"
    INTERACTIONS = "interactions"
    SERIES = "series"


class InputKind(StrEnum):
    """What a client sends to be predicted, one per row."""

    TEXT = "text"
    BEGINNING = "beginning"
    BASE64 = "base64"
    OBJECT = "object"
    STEPS = "steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTraits:
    """``losses`` but for ``auto``, which is the first, or for ratings ``mse``.

    ``options`` are those of ``CompileOptions`` that are read, ``needs`` those without which no file makes sense.
    ``has_transcripts``: a character, or none, is told at each place of the input.
    """

    data: DataKind
    has_classes: bool
    has_transcripts: bool = False
    losses: tuple[str, ...]
    options: frozenset[str]
    needs: frozenset[str] = frozenset()
    input: InputKind
    writes: bool = False
    """Whether a model's answers are texts, written token by token."""


SPLIT_OPTIONS = ("time", "group", "split")
CLASS_LOSSES = ("cross_entropy", "focal", "bce")
TOKEN_LOSSES = ("cross_entropy",)
NUMBER_LOSSES = ("mse", "mae", "huber")

TRAITS: dict[Task, TaskTraits] = {
    Task.IMAGE_CLASSIFICATION: TaskTraits(
        data=DataKind.IMAGES,
        has_classes=True,
        losses=CLASS_LOSSES,
        options=frozenset({"target", "targets", "label_separator", "image_size", "split"}),
        input=InputKind.BASE64,
    ),
    Task.IMAGE_REGRESSION: TaskTraits(
        data=DataKind.IMAGES,
        has_classes=False,
        losses=NUMBER_LOSSES,
        options=frozenset({"target", "targets", "image_size", "split"}),
        needs=frozenset({"target"}),
        input=InputKind.BASE64,
    ),
    Task.TEXT_CLASSIFICATION: TaskTraits(
        data=DataKind.TEXTS,
        has_classes=True,
        losses=CLASS_LOSSES,
        options=frozenset({"target", "targets", "label_separator", "text", *SPLIT_OPTIONS}),
        input=InputKind.TEXT,
    ),
    Task.AUDIO_CLASSIFICATION: TaskTraits(
        data=DataKind.RECORDINGS,
        has_classes=True,
        losses=CLASS_LOSSES,
        options=frozenset({"sample_rate", "max_seconds", "split"}),
        input=InputKind.BASE64,
    ),
    Task.SPEECH_RECOGNITION: TaskTraits(
        data=DataKind.RECORDINGS,
        has_classes=False,
        has_transcripts=True,
        losses=("ctc",),
        options=frozenset({"sample_rate", "max_seconds", "split"}),
        input=InputKind.BASE64,
    ),
    Task.LANGUAGE_MODELLING: TaskTraits(
        data=DataKind.TEXTS,
        has_classes=False,
        losses=TOKEN_LOSSES,
        options=frozenset({"text", *SPLIT_OPTIONS}),
        input=InputKind.BEGINNING,
        writes=True,
    ),
    Task.TRANSLATION: TaskTraits(
        data=DataKind.TEXTS,
        has_classes=False,
        losses=TOKEN_LOSSES,
        options=frozenset({"target", "text", *SPLIT_OPTIONS}),
        needs=frozenset({"target", "text"}),
        input=InputKind.TEXT,
        writes=True,
    ),
    Task.TABULAR_CLASSIFICATION: TaskTraits(
        data=DataKind.TABLES,
        has_classes=True,
        losses=CLASS_LOSSES,
        options=frozenset({"target", "targets", "label_separator", *SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.OBJECT,
    ),
    Task.TABULAR_REGRESSION: TaskTraits(
        data=DataKind.TABLES,
        has_classes=False,
        losses=NUMBER_LOSSES,
        options=frozenset({"target", "targets", *SPLIT_OPTIONS}),
        needs=frozenset({"target"}),
        input=InputKind.OBJECT,
    ),
    Task.TIME_SERIES_FORECASTING: TaskTraits(
        data=DataKind.SERIES,
        has_classes=False,
        losses=NUMBER_LOSSES,
        options=frozenset({"target", "time", "series"}),
        needs=frozenset({"target", "time"}),
        input=InputKind.STEPS,
    ),
    Task.SEQUENCE_CLASSIFICATION: TaskTraits(
        data=DataKind.SERIES,
        has_classes=True,
        losses=CLASS_LOSSES,
        options=frozenset({"target", "time", "series", "split"}),
        needs=frozenset({"target", "time", "series"}),
        input=InputKind.STEPS,
    ),
    Task.RECOMMENDATION: TaskTraits(
        data=DataKind.INTERACTIONS,
        has_classes=False,
        losses=("cross_entropy", *NUMBER_LOSSES),
        options=frozenset({"user", "item", "target", "time", "split"}),
        needs=frozenset({"user", "item"}),
        input=InputKind.OBJECT,
    ),
}
