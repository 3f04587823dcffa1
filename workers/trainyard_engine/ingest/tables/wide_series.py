"""Wide tables of series, a row for each: M4's, those of the UCR archive, years or days side by side.

Where the option time is ``columns``, the steps of a row are its columns that are numbered or dated alike.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.cells.times import dates_in, numbers_in, time_form
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch, column_of
from trainyard_spec.tasks import Task

COLUMNS, ROWS = "columns", "rows"
"""What the options time and series say: the steps of a series are columns, and each row is one, without a name."""
VALUE = "value"
"""What the steps become."""
DATED = "date"
LEAST_STEPS = 2
_NUMBERED = re.compile(r"(.*?)[ _.]?(\d+)")
SERIES_TASKS = frozenset({Task.TIME_SERIES_FORECASTING, Task.SEQUENCE_CLASSIFICATION})


def is_wide(request: CompileRequest) -> bool:
    """Whether the steps of a series are said to be columns."""
    return request.task in SERIES_TASKS and request.options.time == COLUMNS


def columns_in_file(request: CompileRequest) -> frozenset[str]:
    """The columns that options name and the file is to have."""
    options = request.options
    if not is_wide(request):
        return frozenset(options.columns)
    named = {options.split, None if options.series == ROWS else options.series}
    named |= {*options.to_predict} if request.task.is_classification else set()
    return frozenset(name for name in named if name is not None)


def as_steps(batches: Iterable[TableBatch], request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """``batches`` of a wide table with a row for each step; others as they are.

    Cells without a value before the first and behind the last of a row are no steps. Raises ``Rejected`` where no
    columns are steps, or nothing says which series a row is.
    """
    rows = iter(batches)
    first = next(rows, None)
    if first is None or not is_wide(request) or COLUMNS in first.columns:
        yield from chain(() if first is None else (first,), rows)
        return
    if request.options.series is None:
        message = f"Each row is a series: the option series names the column of their names, or is {ROWS} without one."
        log.reject(ProblemCode.OPTION_REQUIRED, message, file=request.filename)
    kind = _kind_of_steps(first.columns, request, log)
    before = 0
    for batch in chain((first,), rows):
        if batch.rows:
            yield _steps_of(batch, before, kind, request)
        before += batch.rows


def _kind_of_steps(names: Iterable[str], request: CompileRequest, log: ProblemLog) -> str:
    """What comes before the number of each step's column, or ``DATED``. Raises ``Rejected``."""
    others = [name for name in names if name not in columns_in_file(request)]
    counted = Counter(kind for name in others if (kind := _kind(name)) is not None)
    kind, count = max(counted.items(), key=lambda item: item[1], default=("", 0))
    if count < LEAST_STEPS:
        shown = f"{', '.join(others[:20])}{', …' if len(others) > 20 else ''}" or "none"
        message = f"With the option time {COLUMNS} each row is a series, whose steps are columns that are numbered or"
        message += f" dated alike, such as V1, V2 or 2026-01, 2026-02. The columns beside the named ones are {shown}."
        log.reject(ProblemCode.NO_FEATURES, message, file=request.filename)
    return kind


@lru_cache(maxsize=1 << 14)
def _kind(name: str) -> str | None:
    """What a name has in common with those of its kind; ``None`` for one that has neither number nor date."""
    cells = pa.array([name], pa.string())
    form = time_form((cells,))
    if form != "number" and not np.isnan(dates_in(cells, form)[0]):
        return DATED
    found = _NUMBERED.fullmatch(name)
    return f"{found[1].casefold()}#" if found else None


def _steps_of(batch: TableBatch, before: int, kind: str, request: CompileRequest) -> TableBatch:
    kept = columns_in_file(request)
    names = [name for name in batch.columns if name not in kept and _kind(name) == kind]
    values = [batch.columns[name] for name in names]
    present = np.stack([_present(cells) for cells in values])
    inside = np.logical_or.accumulate(present) & np.logical_or.accumulate(present[::-1])[::-1]
    steps, rows = np.nonzero(inside)
    numbers = batch.numbered(before)
    taken = pa.array(rows)
    columns = {name: column_of(batch, name).take(taken) for name in kept if name in batch.columns}
    if request.options.series == ROWS and ROWS not in batch.columns:
        columns[ROWS] = pa.array(numbers[rows])
    said = names if kind == DATED else [match[2] for name in names if (match := _NUMBERED.fullmatch(name))]
    columns[COLUMNS] = pa.array(said, pa.string()).take(pa.array(steps))
    columns[VALUE] = pa.concat_arrays(_alike(values)).filter(pa.array(inside.ravel()))
    return TableBatch(rows=len(rows), columns=columns, numbers=numbers[rows])


def _present(cells: pa.Array) -> npt.NDArray[np.bool_]:
    read = Cells.of(cells)
    return np.ones(len(cells), dtype=np.bool_) if read is None else ~(read.missing | read.blank)


def _alike(columns: Sequence[pa.Array]) -> list[pa.Array]:
    """The columns as one type, which holds numbers if all do."""
    kinds = {column.type for column in columns}
    if len(kinds) == 1:
        return [*columns]
    if not any(pa.types.is_string(kind) or pa.types.is_nested(kind) for kind in kinds):
        return [pa.array(numbers_in(column), from_pandas=True) for column in columns]
    return [column.cast(pa.string()) if not pa.types.is_nested(column.type) else column for column in columns]
