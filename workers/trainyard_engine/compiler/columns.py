"""What the first pass learns about a table's columns, and what it makes of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainyard_engine.compiler.classes import in_order
from trainyard_engine.compiler.column_values import Labels, Numbers
from trainyard_engine.compiler.limits import Limits
from trainyard_engine.compiler.problems import WarningCode
from trainyard_spec.datasets import CategoricalColumn, NumericColumn


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that nothing can be learnt from, and why: ``reason`` completes "Column x …"."""

    name: str
    code: WarningCode
    reason: str


class ColumnScan:
    """Running facts about one column, batch by batch: as numbers, as labels, or as neither."""

    def __init__(self, name: str, *, rows_before: int, most_labels: int, limits: Limits) -> None:
        self.name = name
        self.missing = rows_before
        self.supported = True
        self.had_numbers = False
        self.had_labels = False
        self.codes: dict[str, int] | None = {}
        """The labels, each with its place in the order of first sight; ``None`` once there are too many."""
        self._most_labels = most_labels
        self._limits = limits
        self._numbers = 0
        self._sum = 0.0
        self._minimum = np.inf
        self._maximum = -np.inf

    def add_numbers(self, found: Numbers) -> None:
        """Takes in a batch that holds nothing but numbers, and gaps."""
        self.had_numbers = self.had_numbers or found.cells > 0
        self._add(found)

    def add_labels(self, found: Labels) -> npt.NDArray[np.int32] | None:
        """Takes in a batch of text. Returns the rows' places in ``codes``, -1 where missing; ``None`` without any."""
        self.had_labels = True
        self._add(found.numbers)
        if self.codes is None or found.texts is None:
            self.codes = None
            return None
        places = [-1 if text is None else self.codes.setdefault(text, len(self.codes)) for text in found.texts]
        if len(self.codes) > self._most_labels:
            self.codes = None
            return None
        return np.array([*places, -1], dtype=np.int32)[found.codes]

    def add_unsupported(self) -> None:
        """Takes in a batch of a type that cannot be used."""
        self.supported = False

    def skip(self, rows: int) -> None:
        """Takes in a batch that does not have this column."""
        self.missing += rows

    def places_in(self, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        """int32: for each of ``codes`` its place in ``labels``, and last a -1, where a code of -1 finds it."""
        order = {label: place for place, label in enumerate(labels)}
        return np.array([*(order[label] for label in self.codes or ()), -1], dtype=np.int32)

    def is_text_read_as_numbers(self, rows: int) -> bool:
        """Whether labels were lost because the first batches looked like those of a numeric column."""
        hidden = self.had_numbers and self.codes is not None and self.supported
        return hidden and not self.is_numeric(rows)

    def is_numeric(self, rows: int) -> bool:
        """Whether nearly all that the column holds, after ``rows`` rows, are numbers."""
        return self._numbers > 0 and self._numbers >= self._limits.numeric_share * (rows - self.missing)

    def as_numeric(self) -> NumericColumn:
        """The column's numbers, of which there is at least one."""
        return NumericColumn(
            name=self.name,
            missing=self.missing,
            minimum=self._minimum,
            maximum=self._maximum,
            mean=self._sum / self._numbers,
        )

    def conclude(self, rows: int) -> NumericColumn | CategoricalColumn | Dropped:
        """What the column is, after ``rows`` rows."""
        if not self.supported:
            return Dropped(self.name, WarningCode.UNSUPPORTED_COLUMN, "holds lists, objects or binary data")
        if self.missing == rows:
            return Dropped(self.name, WarningCode.EMPTY_COLUMN, "holds no value")
        if self._is_constant(rows):
            return Dropped(self.name, WarningCode.CONSTANT_COLUMN, "has the same value in every row")
        if self.is_numeric(rows):
            return self.as_numeric()
        if self.codes is None or 2 * len(self.codes) >= rows:
            reason = (
                f"is text with more than {self._limits.categories} different values, or as many as half the rows"
                " (a date or time counts as text: numbers such as the year or the month would be used)"
            )
            return Dropped(self.name, WarningCode.TEXT_COLUMN, reason)
        return CategoricalColumn(name=self.name, missing=self.missing, categories=in_order(self.codes))

    def _add(self, found: Numbers) -> None:
        self.missing += found.missing
        self._numbers += found.cells
        self._sum += found.total
        self._minimum = min(self._minimum, found.minimum)
        self._maximum = max(self._maximum, found.maximum)

    def _is_constant(self, rows: int) -> bool:
        if self.missing:
            return False
        same_number = self._numbers == rows and self._minimum == self._maximum
        return same_number or (not self.had_numbers and self.codes is not None and len(self.codes) == 1)
