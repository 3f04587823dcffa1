"""What the columns beside pictures or recordings in Parquet say of them: targets, transcripts, and parts of a split."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from trainyard_engine.ingest.archives.file_targets import FileTargets
from trainyard_engine.ingest.archives.label_rows import Matching, Rows, rows_of
from trainyard_engine.ingest.archives.label_tables import NO_MEDIA, read_targets
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest, MediaTable
from trainyard_engine.ingest.split_folders import FOLDERS, columns_of_files
from trainyard_engine.ingest.tables.class_names import names_in_parquet
from trainyard_engine.ingest.tables.parquet_media import cells, columns_in, reading
from trainyard_engine.ingest.tables.table_checks import no_such_column
from trainyard_spec.datasets import PARTS
from trainyard_spec.tasks import Task

TARGETS = ("label", "labels", "class", "target", "category", "fine_label", "species")
"""What the column of classes is called where no option says, the first of these that there is, in any letters."""


def with_targets(request: CompileRequest, log: ProblemLog) -> CompileRequest:
    """``request`` with names of classes, the column to predict where no option says, and without tables that lack it.

    Raises ``Rejected`` where there is none, or a column that an option names is not there.
    """
    first = request.media[0]
    for table in request.media:
        request = replace(request, class_names=request.class_names | names_in_parquet(table.source))
    if request.task is Task.SPEECH_RECOGNITION:
        return request
    if not request.options.to_predict:
        target = _usual_target(request, log)
        request = replace(request, options=request.options.model_copy(update={"target": target}))
    for column in (*request.options.to_predict, *columns_of_files(request).values()):
        if column == first.column:
            message = "The pictures or recordings, and what options name, must be different columns."
            log.reject(ProblemCode.COLUMN_REUSED, message, file=first.name, column=column)
    kept = [table for table in request.media if _says_targets(table, request, log)]
    if not kept:
        wanted = request.options.to_predict[0]
        log.reject(ProblemCode.TARGET_UNKNOWN, no_such_column(wanted, _others(first)), file=first.name, column=wanted)
    for table in request.media:
        if table not in kept:
            message = f"This table says no {', '.join(request.options.to_predict)} of its rows: it was left out."
            log.note(WarningCode.LEFT_OUT_TABLE, message, file=table.name)
    return replace(request, media=tuple(kept))


def targets_of_rows(
    names: Sequence[str], *, thing: str, request: CompileRequest, directory: Path, log: ProblemLog
) -> FileTargets:
    """What the tables' other columns say of the rows ``names``. Raises ``Rejected`` when ``log`` holds problems.

    ``thing`` is what a sentence calls what a row holds. ``directory`` takes what is needed meanwhile.
    """
    all_names = [table.file(row) for table in request.media for row in range(1, table.rows + 1)]
    _note_empty(all_names, names, thing=thing, request=request, log=log)
    there = set(names)

    def place(within: CompileRequest, by_columns: Mapping[str, str], _columns: Sequence[str]) -> tuple[Rows, Matching]:
        rows = rows_of(within, None, by_columns, log)
        named = [all_names[number - 1] for number in rows.numbers.tolist()]
        return rows, lambda: {name: at for at, name in enumerate(named) if name in there}

    with _label_table(request, directory, log) as (within, parts):
        return read_targets(
            names, place, within=within, parts=parts, thing=thing, request=request, directory=directory, log=log
        )


def _usual_target(request: CompileRequest, log: ProblemLog) -> str:
    """The only column with names of its classes, or the first that is called as classes are. Raises ``Rejected``."""
    columns = _others(request.media[0])
    named = [name for name in columns if name in request.class_names]
    by_name = {name.casefold(): name for name in reversed(columns)}
    usual = [by_name[name] for name in TARGETS if name in by_name]
    found = named if len(named) == 1 else usual[:1]
    if not request.task.is_classification or not found:
        message = f"Choose the column to predict: the option target is missing. The columns are {', '.join(columns)}."
        log.reject(ProblemCode.TARGET_REQUIRED, message, file=request.media[0].name)
    return found[0]


def _others(table: MediaTable) -> list[str]:
    """The columns beside that of the media."""
    return [name for name in columns_in(table.source) if name != table.column]


def _says_targets(table: MediaTable, request: CompileRequest, log: ProblemLog) -> bool:
    """Whether it has the columns to predict and, of a single one, any value: some write -1 where none is published."""
    wanted = request.options.to_predict
    if not set(wanted) <= set(_others(table)):
        return False
    if len(wanted) > 1 or len(request.media) == 1 or not request.task.is_classification:
        return True
    is_named = wanted[0] in request.class_names
    return any(_says_any(batch.column(0), is_named=is_named) for batch in cells(table, wanted, log))


def _says_any(values: pa.Array, *, is_named: bool) -> bool:
    if is_named and pa.types.is_integer(values.type):
        values = values.filter(pc.greater_equal(values, 0))
    return bool(values.null_count < len(values))


def _note_empty(
    all_names: Sequence[str], names: Sequence[str], *, thing: str, request: CompileRequest, log: ProblemLog
) -> None:
    """Adds a warning of rows that hold nothing. Raises ``Rejected`` when they are more than half."""
    if len(names) == len(all_names):
        return
    there = set(names)
    first = next(name for name in all_names if name not in there)
    lacking = len(all_names) - len(names)
    message = f"{lacking:,} of {len(all_names):,} rows hold no {thing}, the first of them {first}"
    if 2 * lacking > len(all_names):
        code = ProblemCode.NO_IMAGES if thing == "image" else ProblemCode.NO_RECORDINGS
        log.reject(code, f"{message}. Write the content of each file into its row.", file=first)
    log.note(WarningCode.EMPTY_ROWS, f"{message}; they were left out.", file=first)


@contextmanager
def _label_table(
    request: CompileRequest, directory: Path, log: ProblemLog
) -> Iterator[tuple[CompileRequest, str | None]]:
    """A table of what options name, of all rows, while the block lasts, and its column of the parts, if there is one.

    Raises ``Rejected`` where the tables differ.
    """
    tables, source = request.media, directory / "labels.parquet"
    columns = [*dict.fromkeys((*request.options.to_predict, *columns_of_files(request).values()))]
    _check_columns(columns, request, log)
    parts = _parts_column(columns, request, log)
    kinds = columns_in(tables[0].source)
    schema = pa.schema([*((name, kinds[name]) for name in columns), *([(parts, pa.string())] if parts else [])])
    try:
        with pa.parquet.ParquetWriter(source, schema) as out:
            for table in tables:
                for batch in cells(table, columns, log):
                    said = [pa.array([PARTS[table.part or 0]] * batch.num_rows)] if parts else []
                    with reading(table.name, log):
                        out.write_batch(pa.record_batch([*batch.columns, *said], [*schema.names]).cast(schema))
        options = request.options.model_copy(update={"split": None, "time": None, "group": None, **NO_MEDIA})
        names = ", ".join(PurePosixPath(table.name).name for table in tables)
        yield replace(request, source=source, filename=names, options=options, media=()), parts
    finally:
        source.unlink(missing_ok=True)


def _check_columns(columns: Sequence[str], request: CompileRequest, log: ProblemLog) -> None:
    first = columns_in(request.media[0].source)
    for table in request.media:
        known = columns_in(table.source)
        for column in columns:
            if column not in known:
                message = no_such_column(column, [*known])
                log.reject(ProblemCode.COLUMN_UNKNOWN, message, file=table.name, column=column)
            if known[column] != first[column]:
                message = f"This column holds {known[column]} here and {first[column]} in {request.media[0].name}."
                log.reject(
                    ProblemCode.COLUMN_UNSUPPORTED, f"{message} Write both alike.", file=table.name, column=column
                )


def _parts_column(columns: Sequence[str], request: CompileRequest, log: ProblemLog) -> str | None:
    """What the column of the parts is called, if the names of the tables say several."""
    given = {table.part for table in request.media}
    if len(given) > 1 and request.options.split in (None, FOLDERS):
        return next(name for name in ("split", "part", "split_") if name not in columns)
    if request.options.split == FOLDERS:
        message = f"No two tables are called by different parts, {', '.join(PARTS)}. Leave the option split out."
        log.reject(ProblemCode.SPLIT_FOLDERS, message, file=request.filename)
    return None
