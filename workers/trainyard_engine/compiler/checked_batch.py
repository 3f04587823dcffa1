"""The second pass over a table: cells become array values, and each that cannot becomes a problem."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.compiler.batches import Batch
from trainyard_engine.compiler.cells import Cells
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_spec.datasets import CategoricalColumn, NumericColumn, Problem

LARGEST_FLOAT = float(np.finfo(np.float32).max)
SHOWN_CHARACTERS = 40


class CheckedBatch:
    """One batch of the columns that the first pass has chosen."""

    def __init__(self, batch: Batch, *, rows_before: int, filename: str, log: ProblemLog) -> None:
        self._batch = batch
        self._rows_before = rows_before
        self._filename = filename
        self._log = log

    def numbers(self, columns: Sequence[NumericColumn]) -> npt.NDArray[np.float32]:
        """float32 (rows, columns), NaN where missing."""
        block = np.empty((self._batch.rows, len(columns)), dtype=np.float32)
        for position, column in enumerate(columns):
            cells = self._cells(column.name)
            hint = "Correct it or leave it empty."
            block[:, position] = self._checked_numbers(column.name, cells, ProblemCode.NOT_A_NUMBER, hint)
        return block

    def categories(self, columns: Sequence[CategoricalColumn]) -> npt.NDArray[np.int32]:
        """int32 (rows, columns), -1 where missing."""
        block = np.empty((self._batch.rows, len(columns)), dtype=np.int32)
        for position, column in enumerate(columns):
            block[:, position] = _indices(self._cells(column.name), column.categories)
        return block

    def target_classes(self, name: str, classes: Sequence[str]) -> npt.NDArray[np.int64]:
        """int64 (rows,); -1, and a problem, where missing."""
        cells = self._cells(name)
        self._check_present(name, cells)
        return _indices(cells, classes).astype(np.int64)

    def target_numbers(self, name: str) -> npt.NDArray[np.float32]:
        """float32 (rows,); NaN, and a problem, where a cell is missing or no number."""
        cells = self._cells(name)
        self._check_present(name, cells)
        hint = "A regression needs a number in every row."
        return self._checked_numbers(name, cells, ProblemCode.TARGET_NOT_NUMERIC, hint)

    def _cells(self, name: str) -> Cells:
        values = self._batch.columns.get(name)
        cells = Cells.of(pa.nulls(self._batch.rows) if values is None else values)
        if cells is None:
            raise TypeError(f"column {name!r} changed its type between two passes over one file")
        return cells

    def _check_present(self, name: str, cells: Cells) -> None:
        what = "holds no value of the target. Fill it in or leave the row out."
        self._report(ProblemCode.TARGET_MISSING, name, cells, cells.missing, what)

    def _checked_numbers(self, name: str, cells: Cells, code: ProblemCode, hint: str) -> npt.NDArray[np.float32]:
        unreadable = np.isnan(cells.numbers) & ~cells.missing
        self._report(code, name, cells, unreadable, f"is not a number. {hint}")
        too_large = np.abs(cells.numbers) > LARGEST_FLOAT
        self._report(ProblemCode.NUMBER_OUT_OF_RANGE, name, cells, too_large, f"is beyond ±{LARGEST_FLOAT:.1e}. {hint}")
        return np.where(too_large, np.nan, cells.numbers).astype(np.float32)

    def _report(self, code: ProblemCode, column: str, cells: Cells, wrong: npt.NDArray[np.bool_], what: str) -> None:
        """Adds a problem for each row that is ``wrong``; ``what`` completes the sentence that the cell begins."""
        if not wrong.any():
            return
        text = cells.text()
        self._log.extend(
            int(np.count_nonzero(wrong)),
            (
                Problem(
                    code=code,
                    message=f"{_shown(text[int(at)].as_py())} {what}",
                    file=self._filename,
                    row=self._rows_before + int(at) + 1,
                    column=column,
                )
                for at in np.flatnonzero(wrong)
            ),
        )


def _indices(cells: Cells, labels: Sequence[str]) -> npt.NDArray[np.int32]:
    """int32 (rows,): the position of each cell's text in ``labels``, -1 where missing."""
    found = pc.index_in(cells.text(), value_set=pa.array(labels, pa.string()))
    indices: npt.NDArray[np.int32] = pc.fill_null(found, -1).to_numpy(zero_copy_only=False)
    return indices


def _shown(text: str | None) -> str:
    if text is None:
        return "The row"
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…")
