"""The second pass over a table that is to be rejected: each cell that cannot be used becomes a problem."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.cells.canonical_cells import FLAGS, Cells
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.tables.batches import TableBatch
from trainyard_engine.modalities.tabular.column_values import LARGEST_FLOAT
from trainyard_spec.datasets import NumberForm, NumericColumn, Problem

SHOWN_CHARACTERS = 40


class CheckedBatch:
    """One batch of the columns that the first pass has chosen; problems go to ``log``."""

    def __init__(self, batch: TableBatch, *, rows_before: int, filename: str, log: ProblemLog) -> None:
        self._batch = batch
        self._rows = batch.numbered(rows_before)
        self._filename = filename
        self._log = log

    def check_numbers(self, columns: Sequence[NumericColumn]) -> None:
        """Adds a problem for each cell that holds something else than a number that fits float32."""
        for column in columns:
            cells = self._cells(column.name)
            hint = "Correct it or leave it empty."
            self._check_numbers(column.name, column.form, cells, ProblemCode.NOT_A_NUMBER, hint)

    def check_target_present(self, name: str) -> None:
        """Adds a problem for each row without a value of the target."""
        cells = self._cells(name)
        self._check_present(name, cells, cells.missing)

    def check_flags(self, name: str) -> None:
        """Adds a problem for each cell of a label's column that says neither yes nor no."""
        cells = self._cells(name)
        self._check_present(name, cells, cells.missing)
        known = pc.is_in(cells.text(), value_set=pa.array([*FLAGS])).to_numpy(zero_copy_only=False)
        what = "says neither that the row has the label nor that it has not. Write 1 or 0, or true or false."
        self._report(ProblemCode.LABEL_UNREADABLE, name, cells, ~known & ~cells.missing, what)

    def check_target_numbers(self, name: str, form: NumberForm = "number") -> None:
        """Adds a problem for each row in which a regression's target is missing or no number."""
        cells = self._cells(name)
        self._check_present(name, cells, cells.missing | cells.blank)
        hint = "A regression needs a number in every row."
        self._check_numbers(name, form, cells, ProblemCode.TARGET_NOT_NUMERIC, hint)

    def check_times(self, name: str, times: npt.NDArray[np.float64], *, are_dates: bool) -> None:
        """Adds a problem for each row whose time, float64 (rows,), was missing or unreadable and is NaN."""
        kind = "a date or time such as 2026-01-31 or 2026-01-31T18:30" if are_dates else "a finite number"
        what = f"is no time: in column {name!r} every row needs {kind}."
        self._report(ProblemCode.TIME_UNREADABLE, name, self._cells(name), np.isnan(times), what)

    def check_present(self, name: str, code: ProblemCode, what: str) -> None:
        """Adds a problem for each row without a value in the column; ``what`` completes "The row …"."""
        cells = self._cells(name)
        self._report(code, name, cells, cells.missing, what)

    def _cells(self, name: str) -> Cells:
        values = self._batch.columns.get(name)
        cells = Cells.of(pa.nulls(self._batch.rows) if values is None else values)
        if cells is None:
            raise TypeError(f"column {name!r} changed its type between two passes over one file")
        return cells

    def _check_present(self, name: str, cells: Cells, missing: npt.NDArray[np.bool_]) -> None:
        written = pc.fill_null(pc.not_equal(cells.shown, ""), False).to_numpy(zero_copy_only=False)
        what = "holds no value of the target. Fill it in or leave the row out."
        self._report(ProblemCode.TARGET_MISSING, name, cells, missing & ~written, what)
        what = (
            "counts as missing, and the target needs a value. Fill it in, leave the row out, or, if it is a name, spell"
            " it out."
        )
        self._report(ProblemCode.TARGET_MISSING, name, cells, missing & written, what)

    def _check_numbers(self, name: str, form: NumberForm, cells: Cells, code: ProblemCode, hint: str) -> None:
        numbers = cells.read(form)
        unreadable = np.isnan(numbers) & ~cells.missing & ~cells.blank
        self._report(code, name, cells, unreadable, f"is not {cell_forms.KINDS[form]}. {hint}")
        too_large = np.abs(numbers) > LARGEST_FLOAT
        self._report(ProblemCode.NUMBER_OUT_OF_RANGE, name, cells, too_large, f"is beyond ±{LARGEST_FLOAT:.1e}. {hint}")

    def _report(self, code: ProblemCode, column: str, cells: Cells, wrong: npt.NDArray[np.bool_], what: str) -> None:
        """Adds a problem for each row that is ``wrong``; ``what`` completes the sentence that the cell begins."""
        if not wrong.any():
            return
        text = pc.coalesce(cells.shown, cells.text())
        self._log.extend(
            int(np.count_nonzero(wrong)),
            (
                Problem(
                    code=code,
                    message=f"{_shown(text[int(at)].as_py())} {what}",
                    file=self._filename,
                    row=int(self._rows[at]),
                    column=column,
                )
                for at in np.flatnonzero(wrong)
            ),
        )


def _shown(text: str | None) -> str:
    if not text:
        return "The row"
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…")
