"""Column types of the task registry: kinds of data and inputs, and the traits of a task."""

from dataclasses import dataclass
from enum import StrEnum


class DataKind(StrEnum):
    """Kind of one row of a dataset."""

    IMAGES = "images"
    TEXTS = "texts"
    CONVERSATIONS = "conversations"
    RECORDINGS = "recordings"
    TABLES = "tables"
    INTERACTIONS = "interactions"
    SERIES = "series"


class InputKind(StrEnum):
    """Kind of input that a client sends for one prediction."""

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
    """Recommended architecture for datasets of at least ``rows`` rows."""

    architecture: str
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTraits:
    """Traits of a task. ``losses`` excludes ``auto``, which means the first of them, or ``mse`` for ratings.

    ``options`` are the fields of ``CompileOptions`` that the task reads, including the column roles; ``needs`` are the
    required ones. ``metrics`` are names in ``METRICS`` that a finished model can have, and ``default_metric`` is the
    one by which models are compared. ``watched`` are the metrics for early stopping and plateau schedules. ``splits``
    are the split strategies, the default first, and ``sections`` the allowed ``TASK_SECTIONS``. Of the ``recommended``
    architectures, the last one for which the dataset has enough rows applies. ``has_transcripts``: the network predicts
    a character or blank at each input position; ``tags_tokens``: a tag. ``ends_on_best_loss``: models are judged by the
    minimized loss, so that a training with ``auto`` epochs keeps its best epoch.
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
