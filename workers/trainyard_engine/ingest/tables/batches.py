"""Batches of a table, and what the readers of all formats share."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.ingest.cells.canonical_cells import MOST_NESTED
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_spec.names import column_name, is_storable

NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
NO_HEADER = "Call the columns of a table without a header column_1, column_2 and so on."


@dataclass(frozen=True, slots=True)
class TableBatch:
    """Consecutive rows. A column that is absent has no value in any of them.

    ``left_out`` rows stood among them or before them, behind the last batch. ``numbers`` are the rows' places in the
    table, from 1, int64 (rows,); ``None`` where all rows up to here were taken.
    """

    rows: int
    columns: dict[str, pa.Array]
    left_out: int = 0
    numbers: npt.NDArray[np.int64] | None = None

    def numbered(self, rows_before: int) -> npt.NDArray[np.int64]:
        """The rows' places in the table, from 1, behind so many that were taken, int64 (rows,)."""
        return rows_before + 1 + np.arange(self.rows) if self.numbers is None else self.numbers


def column_of(batch: TableBatch, name: str) -> pa.Array:
    """The column ``name``, null in every row where the batch lacks it."""
    values = batch.columns.get(name)
    return pa.nulls(batch.rows) if values is None else values


def flattened(batch: TableBatch, *, kept: Collection[str]) -> TableBatch:
    """``batch`` with what its structures hold in their place, as ``canonical_cells.flat`` has objects."""
    columns = batch.columns
    for _ in range(MOST_NESTED):
        if not any(_has_fields(values.type) for name, values in columns.items() if name not in kept):
            break
        inner: dict[str, pa.Array] = {}
        for name, values in columns.items():
            if name in kept or not _has_fields(values.type):
                inner[name] = values
                continue
            for field, cells in zip(values.type.fields, values.flatten(), strict=True):
                inner.setdefault(column_name(f"{name}.{field.name}"), cells)
        columns = inner
    return batch if columns is batch.columns else replace(batch, columns=columns)


def _has_fields(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and not all(field.name.isdecimal() for field in kind.fields)


def check_names(names: Sequence[str], *, filename: str, log: ProblemLog, limits: IngestLimits) -> None:
    """Raises ``Rejected`` unless every column has a name of its own."""
    if len(names) > limits.columns:
        message = f"The table has {len(names):,} columns; {limits.columns:,} are allowed. Leave some out."
        log.reject(ProblemCode.TOO_MANY_COLUMNS, message, file=filename)
    for position, name in enumerate(names, start=1):
        if not is_storable(name):
            message = f"The name of column {position}, {name!r}, holds a NUL character or half a character. Change it."
            log.add(ProblemCode.NUL_CHARACTER, message, file=filename)
        elif not name.strip():
            message = f"Column {position} has no name. Name it, or leave it out."
            log.add(ProblemCode.EMPTY_COLUMN_NAME, message, file=filename)
    for name, count in Counter(names).items():
        if count > 1 and name.strip() and is_storable(name):
            message = f"{count} columns are called {name!r}. Give each a name of its own."
            if NUMBER.fullmatch(name):
                message = f"Two columns are called {name!r}: is the first line a row? {NO_HEADER}"
            log.add(ProblemCode.DUPLICATE_COLUMN, message, file=filename, column=name)
    log.raise_if_any()
