"""What the first pass learns about a table's columns, and what it makes of each."""

from dataclasses import dataclass

import numpy as np

from trainyard_engine.compiler.cells import Cells
from trainyard_engine.compiler.classes import in_order
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
    """Running facts about one column. ``distinct`` is ``None`` once there are more than ``most_distinct`` texts."""

    def __init__(self, name: str, *, rows_before: int, most_distinct: int, limits: Limits) -> None:
        self.name = name
        self.missing = rows_before
        self.supported = True
        self.distinct: set[str] | None = set()
        self._most_distinct = most_distinct
        self._limits = limits
        self._numbers = 0
        self._sum = 0.0
        self._minimum = np.inf
        self._maximum = -np.inf

    def update(self, cells: Cells | None) -> None:
        """Takes in the next batch; ``None`` for one of a type that cannot be used."""
        if cells is None or not self.supported:
            self.supported = False
            return
        self.missing += int(np.count_nonzero(cells.missing))
        found = cells.numbers[~np.isnan(cells.numbers)]
        if found.size:
            self._numbers += found.size
            self._sum += float(found.sum())
            self._minimum = min(self._minimum, float(found.min()))
            self._maximum = max(self._maximum, float(found.max()))
        if self.distinct is not None:
            self.distinct = self._widened(self.distinct, cells)

    def skip(self, rows: int) -> None:
        """Takes in a batch that does not have this column."""
        self.missing += rows

    def conclude(self, rows: int) -> NumericColumn | CategoricalColumn | Dropped:
        """What the column is, after ``rows`` rows."""
        present = rows - self.missing
        if not self.supported:
            return Dropped(self.name, WarningCode.UNSUPPORTED_COLUMN, "holds lists, objects or binary data")
        if present == 0:
            return Dropped(self.name, WarningCode.EMPTY_COLUMN, "holds no value")
        if self._is_constant(rows):
            return Dropped(self.name, WarningCode.CONSTANT_COLUMN, "has the same value in every row")
        if self._numbers >= self._limits.numeric_share * present:
            return NumericColumn(
                name=self.name,
                missing=self.missing,
                minimum=self._minimum,
                maximum=self._maximum,
                mean=self._sum / self._numbers,
            )
        if self.distinct is None or 2 * len(self.distinct) >= rows:
            reason = (
                f"is text with more than {self._limits.categories} different values, or as many as half the rows"
                " (a date or time counts as text: numbers such as the year or the month would be used)"
            )
            return Dropped(self.name, WarningCode.TEXT_COLUMN, reason)
        return CategoricalColumn(name=self.name, missing=self.missing, categories=in_order(self.distinct))

    def _is_constant(self, rows: int) -> bool:
        if self.missing:
            return False
        same_number = self._numbers == rows and self._minimum == self._maximum
        return same_number or (self.distinct is not None and len(self.distinct) == 1)

    def _widened(self, distinct: set[str], cells: Cells) -> set[str] | None:
        wider = distinct | cells.distinct()
        longest = max(map(len, wider), default=0)
        return None if len(wider) > self._most_distinct or longest > self._limits.label_characters else wider
