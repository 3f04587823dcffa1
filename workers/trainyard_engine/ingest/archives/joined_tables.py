"""Tables that are the parts of a split, such as ``train.csv`` and ``test.csv``, joined into one of JSON lines."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.archives.named_files import FILE_COLUMNS, as_seen_from
from trainyard_engine.ingest.formats import Format
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import part_of_table
from trainyard_engine.ingest.tables.any_table import format_of, stored_batches
from trainyard_engine.ingest.tables.json_objects import rows_of_objects
from trainyard_engine.ingest.tables.wide_series import columns_in_file
from trainyard_engine.modalities.text.tag_columns import tagged_columns
from trainyard_spec.datasets import PARTS
from trainyard_spec.tasks import Task

LINES = frozenset({Task.INSTRUCTION_TUNING, Task.PREFERENCE_TUNING, Task.TOKEN_CLASSIFICATION})
"""Tasks whose rows are objects of any depth, and no rows of a table."""
PART_COLUMN = "split"
Row = dict[str, Any]
Table = tuple[str, bytes]
"""The name and the content of a file of an archive."""


@dataclass(frozen=True, slots=True)
class PartTable:
    """The table of the file that ``request`` is of, and the place in ``PARTS`` that its name says."""

    request: CompileRequest
    part: int


@contextmanager
def written_out(table: Table, request: CompileRequest, directory: Path) -> Iterator[CompileRequest]:
    """``request`` for the table, in a file in ``directory`` while the block lasts."""
    name, content = table
    source = directory / f"table{PurePosixPath(name).suffix.lower()}"
    try:
        source.write_bytes(content)
        yield replace(request, source=source, filename=name)
    finally:
        source.unlink(missing_ok=True)


@contextmanager
def joined(
    tables: Sequence[Table], request: CompileRequest, directory: Path, log: ProblemLog
) -> Iterator[tuple[CompileRequest, str | None]]:
    """``request`` for one table of all ``tables``, while the block lasts, and its column of the parts."""
    with ExitStack() as stack:
        parts = []
        for number, (table, content) in enumerate(tables):
            folder = directory / f"part{number}"
            folder.mkdir()
            stack.callback(folder.rmdir)
            opened = stack.enter_context(written_out((table, content), request, folder))
            parts.append(PartTable(opened, part_of_table(table) or 0))
        source = directory / "table.jsonl"
        stack.callback(source.unlink, missing_ok=True)
        with source.open("wb") as out:
            column = write_joined(parts, out, log, of_files=True)
        yield replace(request, source=source, filename=_named(tables)), column


def _named(tables: Sequence[Table]) -> str:
    """What sentences call them: of no folder, for names of files are seen from the top."""
    names = [PurePosixPath(name).name for name, _ in tables]
    if len(set(names)) == len(names):
        return ", ".join(names)
    parts = sorted({part_of_table(name) or 0 for name, _ in tables})
    return f"{names[0]} of {', '.join(PARTS[part] for part in parts)}"


def write_joined(tables: Sequence[PartTable], out: IO[bytes], log: ProblemLog, *, of_files: bool = False) -> str | None:
    """Writes the rows of ``tables``, in the order of ``PARTS``, to ``out``: an object a line, with a column that says
    train, val or test. Returns what that is called; ``None``, and no such column, where all that is left trains.

    A table that lacks what is to be predicted is left out, with a warning: what Kaggle calls test is to be answered.
    ``of_files``, the names of files become those that are seen from the top of the archive. Raises ``Rejected`` for
    tables of different columns.
    """
    columns = {id(table): _columns(table.request, log) for table in tables}
    kept = _with_target(tables, columns, log)
    _check_alike(kept, columns, log)
    given = {table.part for table in kept}
    asked = tables[0].request.options.split
    is_split = len(given) > 1 and asked in (None, "folders")
    taken = set().union(*columns.values())
    name = next(name for name in (PART_COLUMN, "part", "split_") if name not in taken) if is_split else None
    halves = is_split and not of_files and PARTS.index("test") not in given
    for table in sorted(kept, key=lambda table: (table.part, table.request.filename)):
        for number, row in enumerate(_rows(table.request, log)):
            tests = halves and table.part == 1 and sha256(b"%d" % number).digest()[0] & 1
            said = {name: PARTS[-1] if tests else PARTS[table.part]} if name else {}
            if of_files:
                row = _seen_from_top(row, str(PurePosixPath(table.request.filename).parent))
            out.write(json.dumps(row | said, default=_plain).encode() + b"\n")
    if halves:
        message = f"Nothing is called {PARTS[2]}. So about half of the rows of {PARTS[1]}, by lot, test. Add a table"
        log.note(WarningCode.TEST_FROM_VALIDATION, f"{message} called {PARTS[2]} to test by others.")
    return name


def _with_target(tables: Sequence[PartTable], columns: dict[int, set[str]], log: ProblemLog) -> list[PartTable]:
    """The tables that hold what is to be predicted; of the others one that trains is a problem, if another does too."""
    wanted = columns_in_file(tables[0].request) & {*tables[0].request.options.to_predict}
    kept = [table for table in tables if wanted <= columns[id(table)] or not columns[id(table)]]
    lacks = f"This table holds no {', '.join(sorted(wanted))},"
    for table in tables:
        if table not in kept and table.part == 0 and any(other.part == 0 for other in kept):
            message = f"{lacks} and another of {PARTS[0]} does. Put all columns into one table, side by side."
            log.reject(ProblemCode.TARGET_UNKNOWN, message, file=table.request.filename)
        if table not in kept:
            message = f"{lacks} which is to be predicted: it was left out."
            log.note(WarningCode.LEFT_OUT_TABLE, message, file=table.request.filename)
    if any(table.part == 0 for table in kept):
        return kept
    # Its columns are told when it is read.
    return [table for table in tables if table.part == 0]


def _check_alike(tables: Sequence[PartTable], columns: dict[int, set[str]], log: ProblemLog) -> None:
    """Raises ``Rejected`` unless all have the same columns; of objects of any depth each row tells its own."""
    first = tables[0]
    for table in tables[1:] if first.request.task not in LINES else ():
        other = columns[id(first)] ^ columns[id(table)]
        if other:
            message = f"{first.request.filename} and this table are parts of one, and only one of them has the column"
            message += f" {min(other)!r}. Give both the same columns, or upload one table."
            log.reject(ProblemCode.COLUMN_UNKNOWN, message, file=table.request.filename, column=min(other))


def _columns(request: CompileRequest, log: ProblemLog) -> set[str]:
    """All columns of a table; nothing for objects of any depth, of which each row tells its own."""
    if request.task in LINES:
        return set()
    return {name for batch in _batches(request, log) for name in batch}


def _batches(request: CompileRequest, log: ProblemLog) -> Iterator[dict[str, pa.Array]]:
    """All rows as they are: those without a target are left out, and told, once the tables are one."""
    for batch in stored_batches(request, log):
        yield batch.columns
    log.raise_if_any()


def _rows(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    if request.task in LINES:
        found = format_of(request)
        if request.task == Task.TOKEN_CLASSIFICATION and found is Format.CSV:
            yield from ({"tokens": text.words, "tags": text.tags} for _, text in tagged_columns(request, log) if text)
            log.raise_if_any()
            return
        for _, row in rows_of_objects(request, log, found):
            if row is not None:
                yield row
        log.raise_if_any()
        return
    for columns in _batches(request, log):
        values = [_values(column) for column in columns.values()]
        yield from (dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True))


def _values(column: pa.Array) -> list[Any]:
    """Values for what JSON has no form for: times as text, nothing for binary data, which no task reads."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type) or pa.types.is_time(column.type):
        column = pc.cast(column, pa.string())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        column = pa.nulls(len(column))
    values: list[Any] = column.to_pylist()
    return values


def _seen_from_top(row: Row, folder: str) -> Row:
    """``row`` of a table in ``folder`` as the table would have it at the top of the archive."""
    by_name = {name.casefold().replace(" ", "_"): name for name in row}
    column = next((by_name[name] for name in FILE_COLUMNS if name in by_name), None)
    written = row.get(column or "")
    return row | {column: as_seen_from(folder, written)} if column and isinstance(written, str) else row


def _plain(value: Any) -> Any:
    return value.total_seconds() if isinstance(value, timedelta) else str(value)
