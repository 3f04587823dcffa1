"""What the readers of the table formats share."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.compiler.limits import Limits
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_spec.datasets import Problem


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows. A column that is absent has no value in any of them."""

    rows: int
    columns: dict[str, pa.Array]


def check_names(names: Sequence[str], *, filename: str, log: ProblemLog, limits: Limits) -> None:
    """Raises ``Rejected`` unless every column has a name of its own."""
    if len(names) > limits.columns:
        message = f"The table has {len(names):,} columns; {limits.columns:,} are allowed. Leave some out."
        log.reject(ProblemCode.TOO_MANY_COLUMNS, message, file=filename)
    for position, name in enumerate(names, start=1):
        if not name.strip():
            message = f"Column {position} has no name. Name it, or leave it out if it only numbers the rows."
            log.add(ProblemCode.EMPTY_COLUMN_NAME, message, file=filename)
    for name, count in Counter(names).items():
        if count > 1 and name.strip():
            message = f"{count} columns are called {name!r}. Give each a name of its own."
            log.add(ProblemCode.DUPLICATE_COLUMN, message, file=filename, column=name)
    log.raise_if_any()


def as_text(values: pa.Array, *, column: str, rows_before: int, filename: str, log: ProblemLog) -> pa.Array:
    """Bytes or unchecked strings as checked strings; adds a problem for each cell that is not UTF-8."""
    raw = values.cast(pa.binary())
    try:
        return raw.cast(pa.string())
    except pa.ArrowInvalid:
        wrong = np.array([not _is_utf8(cell) for cell in raw.to_pylist()])
    message = "This cell is not UTF-8 text. Save the file in the encoding UTF-8."
    log.extend(
        int(wrong.sum()),
        (
            Problem(
                code=ProblemCode.ENCODING, message=message, file=filename, row=rows_before + int(at) + 1, column=column
            )
            for at in np.flatnonzero(wrong)
        ),
    )
    return pc.if_else(pa.array(wrong), None, raw).cast(pa.string())


def _is_utf8(cell: bytes | None) -> bool:
    try:
        (cell or b"").decode()
    except UnicodeDecodeError:
        return False
    return True
