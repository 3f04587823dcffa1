"""Columns of the task registry: kinds of data and of inputs, and the traits of a task."""

from dataclasses import dataclass
from enum import StrEnum


class DataKind(StrEnum):
    """What one row of a dataset is."""

    IMAGES = "images"
    TEXTS = "texts"
    CONVERSATIONS = "conversations"
    RECORDINGS = "recordings"
    TABLES = "tables"
    INTERACTIONS = "interactions"
    SERIES = "series"


class InputKind(StrEnum):
    """What a client sends to be predicted, one per row."""

    TEXT = "text"
    TEXT_OR_PAIR = "text_or_pair"
    TOKENS = "tokens"
    BEGINNING = "beginning"
    MESSAGES = "messages"
    BASE64 = "base64"
    OBJECT = "object"
    STEPS = "steps"


BY_FOLDER = ("random", "given")


@dataclass(frozen=True, slots=True)
class ArchitectureRecommendation:
    """An architecture to begin with, for datasets of at least ``rows`` rows."""

    architecture: str
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTraits:
    """``losses`` but for ``auto``, which is the first, or for ratings ``mse``.

    ``options`` are those of ``CompileOptions`` that are read, the roles of an upload's columns among them, ``needs``
    those without which no file makes sense. ``metrics`` are names of ``METRICS``: the ones a finished model may have,
    ``default_metric`` the one that it is compared by. ``watched`` are those that early stopping and a plateau schedule
    may go by. ``splits`` are the ways to split, the default first, and ``sections`` those of ``TASK_SECTIONS``.
    ``recommended`` says with which architecture to begin; the last one that a dataset has the rows for counts.
    ``has_transcripts``: a character, or none, is told at each place of the input, ``tags_tokens``: a tag.
    ``ends_on_best_loss``: what is minimized is also what a model is judged by, so that a training of ``auto`` epochs
    ends on its best one.
    """

    title: str
    summary: str
    data: DataKind
    has_classes: bool = False
    has_transcripts: bool = False
    tags_tokens: bool = False
    losses: tuple[str, ...]
    metrics: tuple[str, ...]
    default_metric: str
    watched: tuple[str, ...] = ("loss",)
    splits: tuple[str, ...] = BY_FOLDER
    sections: tuple[str, ...] = ()
    options: frozenset[str]
    needs: frozenset[str] = frozenset()
    input: InputKind
    recommended: tuple[ArchitectureRecommendation, ...]
    writes: bool = False
    """Whether a model's answers are texts, written token by token."""
    ends_on_best_loss: bool = False
