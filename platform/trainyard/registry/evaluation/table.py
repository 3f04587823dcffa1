"""Reads what a finished model answered to its test rows: the engine's ``test_predictions.csv``, parsed."""

import csv
import io
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from trainyard.core.blobs import BlobNotFound, blob_store
from trainyard.core.errors import FieldError, InvalidInput, NotFound
from trainyard.registry.models import Model
from trainyard_spec.engine_protocol import TEST_PREDICTIONS_FILE
from trainyard_spec.tasks import Task

MOST_BYTES = 48 * 2**20
MOST_ROWS = 50_000
"""So much of the file is read for one request; what is told says so."""
TRUTH, PREDICTION = "truth", "prediction"

Floats = npt.NDArray[np.float64]


class EvaluationKind(StrEnum):
    """What the answers to the test rows are, and so how they are summed up."""

    CLASSES = "classes"
    LABELS = "labels"
    NUMBERS = "numbers"
    FORECAST = "forecast"
    TEXTS = "texts"
    TAGS = "tags"
    ORDER = "order"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """``rows`` of cells in the order of ``columns``; ``is_whole`` unless the file has more than was read."""

    kind: EvaluationKind
    columns: dict[str, int]
    rows: list[list[str]]
    is_whole: bool

    def texts(self, column: str) -> list[str]:
        place = self.columns[column]
        return [row[place] for row in self.rows]

    def numbers(self, column: str) -> Floats:
        """An empty cell is NaN."""
        return np.array([float(cell) if cell else np.nan for cell in self.texts(column)])

    def named(self, prefix: str) -> list[str]:
        """The names behind ``prefix`` and a colon, such as labels or targets, in order."""
        return [name[len(prefix) + 1 :] for name in self.columns if name.startswith(f"{prefix}:")]

    def chosen(self, wanted: str | None, prefix: str, *, field: str, default: str | None = None) -> str:
        """``wanted``, or ``default``, or the first of those ``named``. Raises ``InvalidInput`` for one that is not."""
        names = self.named(prefix)
        if wanted is None:
            return default or (names[0] if names else "")
        if wanted not in names:
            message = f"{wanted} is not one of {', '.join(names[:20]) or 'them: there are none'}."
            raise InvalidInput(message, errors=(FieldError(field, "invalid_choice", message),))
        return wanted


def read_table(model: Model) -> AnswerTable:
    """The first rows of the model's file. Raises ``NotFound`` for a model without one."""
    try:
        with blob_store().open(f"{model.blob_prefix}/{TEST_PREDICTIONS_FILE}") as file:
            content = file.read(MOST_BYTES + 1)
    except BlobNotFound:
        raise NotFound(
            "This model has no answers to test rows.", hint="Models of earlier releases have none."
        ) from None
    is_whole = len(content) <= MOST_BYTES
    # Of a file that is longer, the last line is cut; what is left of it is dropped below.
    reader = csv.reader(io.StringIO(content[:MOST_BYTES].decode("utf-8", errors="replace"), newline=""))
    header = next(reader, [])
    rows: list[list[str]] = []
    try:
        for row in reader:
            if len(rows) == MOST_ROWS:
                is_whole = False
                break
            rows.append(row)
    except csv.Error:
        is_whole = False
    if not is_whole and len(content) > MOST_BYTES and rows:
        rows.pop()
    columns = {name: place for place, name in enumerate(header)}
    rows = [row for row in rows if len(row) == len(header)]
    return AnswerTable(_kind(Task(model.task), columns), columns, rows, is_whole)


def _kind(task: Task, columns: dict[str, int]) -> EvaluationKind:
    if "naive" in columns:
        return EvaluationKind.FORECAST
    if "place" in columns:
        return EvaluationKind.ORDER
    if "block" in columns:
        return EvaluationKind.BLOCKS
    if task.traits.tags_tokens:
        return EvaluationKind.TAGS
    if task.is_classification:
        return EvaluationKind.CLASSES if TRUTH in columns else EvaluationKind.LABELS
    return EvaluationKind.TEXTS if task.traits.has_transcripts or task.traits.writes else EvaluationKind.NUMBERS
