"""The first pass over a table: its rows are counted and each column gets a kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from trainyard_engine.compiler.batches import Batch
from trainyard_engine.compiler.cells import Cells
from trainyard_engine.compiler.classes import in_order
from trainyard_engine.compiler.columns import ColumnScan, Dropped
from trainyard_engine.compiler.csv_source import read_csv
from trainyard_engine.compiler.formats import HEAD_SIZE, READABLE_TABLES, Format, tell_format
from trainyard_engine.compiler.jsonl_source import read_jsonl
from trainyard_engine.compiler.parquet_source import read_parquet
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest
from trainyard_spec.datasets import AnyColumn, CategoricalColumn, NumericColumn
from trainyard_spec.tasks import DataKind

READERS: dict[Format, Callable[[CompileRequest, ProblemLog], Iterator[Batch]]] = {
    Format.CSV: read_csv,
    Format.PARQUET: read_parquet,
    Format.JSONL: read_jsonl,
}


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What the second pass writes. ``columns`` are the features as found; ``classes`` is empty for a regression."""

    rows: int
    target: str
    classes: tuple[str, ...]
    columns: tuple[AnyColumn, ...]
    dropped: tuple[Dropped, ...]

    @property
    def numeric(self) -> list[NumericColumn]:
        return [column for column in self.columns if isinstance(column, NumericColumn)]

    @property
    def categorical(self) -> list[CategoricalColumn]:
        return [column for column in self.columns if isinstance(column, CategoricalColumn)]


def batches_of(request: CompileRequest, log: ProblemLog) -> Iterator[Batch]:
    """Reads the table from its beginning. Raises ``Rejected`` when it is none or is broken beyond reading on."""
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
    if found is Format.UTF16:
        message = f"The file is {found}, from its first row on. Save it in the encoding UTF-8."
        log.reject(ProblemCode.ENCODING, message, file=request.filename)
    if found not in READABLE_TABLES:
        message = f"A table comes as CSV, Parquet or JSON lines (one object per line), and this is {found}."
        log.reject(ProblemCode.NOT_A_TABLE, message, file=request.filename)
    return READERS[found](request, log)


def plan_table(request: CompileRequest, target: str, log: ProblemLog) -> TablePlan:
    """Reads the whole table once. Raises ``Rejected`` when it cannot become a dataset with this target."""
    scans: dict[str, ColumnScan] = {}
    rows = 0
    for batch in batches_of(request, log):
        for name in (name for name in batch.columns if name not in scans):
            most = request.limits.classes if name == target else request.limits.categories
            scans[name] = ColumnScan(name, rows_before=rows, most_distinct=most, limits=request.limits)
        for name, scan in scans.items():
            if name in batch.columns:
                scan.update(Cells.of(batch.columns[name]))
            else:
                scan.skip(batch.rows)
        rows += batch.rows
    log.raise_if_any()
    check_rows(rows, request, log)
    chosen = found_target(scans.get(target), target, list(scans), request, log)
    concluded = [scan.conclude(rows) for name, scan in scans.items() if name != target]
    plan = TablePlan(
        rows=rows,
        target=target,
        classes=classes_of(chosen, request, log) if request.task.is_classification else (),
        columns=tuple(column for column in concluded if not isinstance(column, Dropped)),
        dropped=tuple(column for column in concluded if isinstance(column, Dropped)),
    )
    _check_plan(plan, request, log)
    return plan


def check_rows(rows: int, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` when there are too few."""
    least = request.limits.least_rows
    if rows == 0:
        message = "The table has no rows. Add rows below its header."
        log.reject(ProblemCode.EMPTY_FILE, message, file=request.filename)
    if rows < least:
        message = f"The table has {rows} rows; at least {least} are needed. Add more."
        log.reject(ProblemCode.TOO_FEW_ROWS, message, file=request.filename)


def found_target(
    scan: ColumnScan | None, target: str, names: Sequence[str], request: CompileRequest, log: ProblemLog
) -> ColumnScan:
    """``scan``. Raises ``Rejected`` when the table, with columns ``names``, has none, or none that can be used."""
    if scan is None:
        message = no_such_column(target, names)
        log.reject(ProblemCode.TARGET_UNKNOWN, message, file=request.filename, column=target)
    if not scan.supported:
        message = "The target holds lists, objects or binary data. Choose a column of numbers or text."
        log.reject(ProblemCode.TARGET_UNSUPPORTED, message, file=request.filename, column=target)
    return scan


def no_such_column(name: str, names: Sequence[str]) -> str:
    """The sentence that says so, and which there are."""
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    columns = ", ".join(names[:20])
    hint = f"Did you mean {near[0]!r}?" if near else f"The columns are {columns}{', …' if len(names) > 20 else ''}."
    return f"There is no column {name!r}. {hint}"


def classes_of(target: ColumnScan, request: CompileRequest, log: ProblemLog) -> tuple[str, ...]:
    """The target's classes. Raises ``Rejected`` when they are too many or too long to be any."""
    limits = request.limits
    if target.distinct is None:
        instead = ", or the task tabular_regression" if request.task.traits.data == DataKind.TABLES else ""
        message = (
            f"The target has more than {limits.classes:,} different values, or one longer than"
            f" {limits.label_characters} characters. Choose a column of classes{instead}."
        )
        log.reject(ProblemCode.TOO_MANY_CLASSES, message, file=request.filename, column=target.name)
    return in_order(target.distinct)


def _check_plan(plan: TablePlan, request: CompileRequest, log: ProblemLog) -> None:
    size = plan.rows * (4 * len(plan.columns) + 8)
    if not plan.columns:
        message = "Besides the target no column is left to learn from. Add columns of numbers or categories."
        log.add(ProblemCode.NO_FEATURES, message, file=request.filename)
    elif size > request.limits.compiled_size:
        message = f"The arrays would take {size:,} bytes; {request.limits.compiled_size:,} are allowed. Use fewer rows."
        log.add(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)
    log.raise_if_any()
