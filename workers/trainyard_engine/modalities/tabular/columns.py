"""Columns of a table: what the first pass learns about each, and what it becomes."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.classes import in_order
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import WarningCode
from trainyard_engine.modalities.tabular.batch_values import Labels, Numbers, Stray
from trainyard_spec.datasets import CategoricalColumn, NumberForm, NumericColumn

EXACT = float(1 << 53)
"""From here on not every whole number is a float64."""
MOSTLY = 0.5
"""A column of text is told to hold numbers when at least this share of its cells are."""
SHOWN_CHARACTERS = 40
NUMBER_WITH_UNIT = re.compile(r"[-+−]?\d[\d.,]*\s?([^\d\s.,;:/()\[\]-][^\d]{0,15})")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that nothing can be learnt from, and why: ``reason`` completes "Column x …"."""

    name: str
    code: WarningCode
    reason: str


def shared_unit(labels: Collection[str]) -> str | None:
    """What stands behind the number in all of ``labels``, such as kg; ``None`` if they are not all so."""
    found = {unit[1] if (unit := NUMBER_WITH_UNIT.fullmatch(label)) else None for label in labels}
    return found.pop() if len(found) == 1 else None


class ColumnScan:
    """Running facts about one column, batch by batch: as numbers, as labels, or as neither."""

    def __init__(
        self,
        name: str,
        *,
        rows_before: int,
        most_labels: int,
        limits: IngestLimits,
        among: Collection[NumberForm] = cell_forms.FORMS,
    ) -> None:
        self.name = name
        self.missing = rows_before
        self.blank = 0
        """Cells that hold no value if the column is one of numbers."""
        self.unsupported: Stray | None = None
        """What it holds that cannot be used, and where first."""
        self.holds_sets = False
        """Whether its cells are lists of labels."""
        self.had_numbers = False
        self.had_labels = False
        self.is_ambiguous = False
        """Whether its texts could as well be read in another form, as other numbers."""
        self.unreadable = 0
        """Cells that were to be numbers of the column's form and are none."""
        self.stray: Stray | None = None
        """The first label that is no number."""
        self.codes: dict[str, int] | None = {}
        """The labels, each with its place in the order of first sight; ``None`` once there are too many."""
        self._rows = rows_before
        self._most_labels = most_labels
        self._limits = limits
        self._among = among
        self._spelled: Counter[NumberForm] = Counter()
        self._commas = 0
        self._numbers = 0
        self._sum = 0.0
        self._minimum = np.inf
        self._maximum = -np.inf

    @property
    def supported(self) -> bool:
        return self.unsupported is None

    def add_numbers(self, found: Numbers, rows: int) -> None:
        """Takes in a batch that holds nothing but numbers, gaps, and what is to be told as unreadable."""
        self.had_numbers = self.had_numbers or found.cells > 0 or found.blank > 0
        self.missing += found.missing - found.blank
        self.blank += found.blank
        self.unreadable += found.unreadable
        self._spelled[found.form] += found.cells
        self._numbers += found.cells
        self._sum += found.total
        self._minimum = min(self._minimum, found.minimum)
        self._maximum = max(self._maximum, found.maximum)
        self._rows += rows

    def add_labels(self, found: Labels) -> npt.NDArray[np.int32] | None:
        """Takes in a batch of text. Returns the rows' places in ``codes``, -1 where missing; ``None`` without any."""
        if found.are_sets != self.holds_sets and not self._turns_to_sets(found):
            self.unsupported = self.unsupported or Stray("lists of labels in some rows and none in others", self._rows)
        self.had_labels = True
        self.missing += found.missing
        self.blank += found.blank
        self._spelled.update(found.forms)
        self._commas += found.commas
        if self.stray is None and found.stray is not None:
            self.stray = found.stray._replace(row=self._rows + found.stray.row)
        self._rows += len(found.codes)
        if self.codes is None or found.texts is None:
            self.codes = None
            return None
        places = [-1 if text is None else self.codes.setdefault(text, len(self.codes)) for text in found.texts]
        if len(self.codes) > self._most_labels:
            self.codes = None
            return None
        return np.array([*places, -1], dtype=np.int32)[found.codes]

    def _turns_to_sets(self, found: Labels) -> bool:
        """Whether rows with lists may stand beside those before or the other way round: where either hold nothing."""
        if found.missing == len(found.codes):
            return True
        self.holds_sets = found.are_sets and self.missing == self._rows
        return self.holds_sets

    def add_unsupported(self, found: Stray, rows: int) -> None:
        """Takes in a batch of a type that cannot be used."""
        if self.unsupported is None:
            self.unsupported = found._replace(row=self._rows + found.row)
        self._rows += rows

    def skip(self, rows: int) -> None:
        """Takes in a batch that does not have this column."""
        self.missing += rows
        self._rows += rows

    def renumber(self, kept: Sequence[int]) -> None:
        """Names rows by ``kept``, their places in the table from 1, where some were left out."""
        if self.stray is not None:
            self.stray = self.stray._replace(row=int(kept[self.stray.row]) - 1)
        if self.unsupported is not None:
            self.unsupported = self.unsupported._replace(row=int(kept[self.unsupported.row]) - 1)

    def places_in(self, labels: Sequence[str]) -> npt.NDArray[np.int32]:
        """int32: for each of ``codes`` its place in ``labels``, and last a -1, where a code of -1 finds it."""
        order = {label: place for place, label in enumerate(labels)}
        return np.array([*(order[label] for label in self.codes or ()), -1], dtype=np.int32)

    @property
    def form(self) -> NumberForm:
        """That in which most of its cells are spelled."""
        return cell_forms.best_form(self._spelled, self._among)

    @property
    def time_form(self) -> NumberForm:
        """Form of dates: whether year, month or day comes first in most of its cells; or times of one day."""
        return cell_forms.best_form(self._spelled, cell_forms.TIMES)

    @property
    def has_rival(self) -> bool:
        """Whether its labels are spelled in another form as well."""
        rival = cell_forms.RIVALS.get(self.form)
        if rival is None or not self._spelled[rival] or self._spelled[self.form] > self._spelled[rival]:
            return False
        return self._commas > 0 if rival == "decimal_comma" else True

    @property
    def is_mixed(self) -> bool:
        """Whether some batches looked like numbers and others did not."""
        return self.had_labels and self.had_numbers

    def share_of_numbers(self, rows: int) -> float:
        """Share of numbers among the cells that hold something, after ``rows`` rows."""
        present = rows - self.missing - self.blank
        return self._spelled[self.form] / present if present else 0.0

    def is_numeric(self, rows: int) -> bool:
        """Whether nearly all that the column holds, after ``rows`` rows, are numbers in one form."""
        return self.share_of_numbers(rows) >= self._limits.numeric_share

    def holds_plain_numbers(self, rows: int) -> bool:
        """Whether nearly all that the column holds are numbers, and no dates or times."""
        return self.is_numeric(rows) and self.form in cell_forms.NUMBERS

    def holds_numbers_alone(self, rows: int) -> bool:
        """Whether its labels, after ``rows`` rows, are all numbers in one form."""
        return self.supported and self.share_of_numbers(rows) == 1.0

    def is_clean(self) -> bool:
        """Whether a numeric column was read as numbers to its last cell."""
        return not self.had_labels and not self.unreadable

    def as_numeric(self) -> NumericColumn:
        """The column's numbers, of which there is at least one; without their facts where they were read as text."""
        known = self.is_clean() and self._numbers > 0
        return NumericColumn(
            name=self.name,
            form=self.form,
            missing=self.missing + self.blank,
            minimum=self._minimum if known else None,
            maximum=self._maximum if known else None,
            mean=self._sum / self._numbers if known else None,
        )

    def conclude(self, rows: int) -> NumericColumn | CategoricalColumn | Dropped:
        """What the column is, after ``rows`` rows."""
        if self.unsupported is not None:
            reason = f"holds {self.unsupported.text}, which are not read"
            return Dropped(self.name, WarningCode.UNSUPPORTED_COLUMN, reason)
        if self.missing + self.blank == rows:
            return Dropped(self.name, WarningCode.EMPTY_COLUMN, "holds no value")
        if self._is_constant(rows):
            return Dropped(self.name, WarningCode.CONSTANT_COLUMN, self._constant_reason())
        if self.is_numeric(rows):
            return self.as_numeric()
        if self.unreadable:
            reason = "is written as dates or times are, and too many of its cells cannot be read as such"
            return Dropped(self.name, WarningCode.TEXT_COLUMN, reason)
        if self.codes is None or 2 * len(self.codes) >= rows:
            reason = (
                f"is text with more than {self._limits.categories} different values, or as many as half the rows"
                f"{self.strange_cell(rows)}"
            )
            return Dropped(self.name, WarningCode.TEXT_COLUMN, reason)
        return CategoricalColumn(name=self.name, missing=self.missing, categories=in_order(self.codes))

    def strange_cell(self, rows: int) -> str:
        """A cell that tells that a column of text holds mostly numbers, or numbers with a unit; else empty."""
        share = self.share_of_numbers(rows)
        if self.stray is None:
            return ""
        cell = self.stray.text[:SHOWN_CHARACTERS]
        if share < MOSTLY:
            unit = shared_unit(self.codes if self.codes is not None else (self.stray.text,))
            hint = f"its cells, like {cell!r} in row {self.stray.row + 1}, are numbers with {unit!r} behind them"
            return f" ({hint}: write the numbers alone if they are to be read as such)" if unit else ""
        return f" ({share:.0%} of its cells are numbers, dates or times; {cell!r} in row {self.stray.row + 1} is none)"

    def _is_constant(self, rows: int) -> bool:
        if self.missing:
            return False
        same_number = self._numbers == rows and self._minimum == self._maximum
        return same_number or (not self.had_numbers and self.codes is not None and len(self.codes) == 1)

    def _constant_reason(self) -> str:
        if self._numbers and abs(self._maximum) > EXACT:
            return (
                "holds numbers so large that all are kept as the same one: whole numbers are told apart up to"
                f" {EXACT:,.0f} (if it numbers the rows, leave it out; else subtract what they have in common)"
            )
        return "has the same value in every row"
