"""Texts from a table, from one or more columns of it, without classes."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.table_checks import check_any_rows, check_rows, no_such_column
from trainyard_engine.modalities.text.cells import report_missing, texts_of
from trainyard_engine.modalities.text.output import TextFacts, TextFiles, check_size
from trainyard_spec.files import FileEntry


@dataclass(frozen=True, slots=True)
class TextColumn:
    """``name`` in the table, and what is learnt of its texts; ``unknown`` is the problem of a table without it."""

    name: str
    unknown: ProblemCode
    facts: TextFacts = field(default_factory=TextFacts)


def compile_text_columns(
    request: CompileRequest, columns: Mapping[str, TextColumn], directory: Path, log: ProblemLog
) -> tuple[FileEntry, ...]:
    """Writes each of ``columns`` into arrays named by its key, rows in the table's order.

    Raises ``Rejected`` when ``log`` holds problems.
    """
    _survey(request, columns, log)
    with ExitStack() as open_files:
        files = {
            array: open_files.enter_context(TextFiles(directory, array, rows=column.facts.rows, size=column.facts.size))
            for array, column in columns.items()
        }
        _write(request, columns, files, log)
        log.raise_if_any()
        return tuple(entry for written in files.values() for entry in written.finish())


def _survey(request: CompileRequest, columns: Mapping[str, TextColumn], log: ProblemLog) -> None:
    """The first pass. Raises ``Rejected`` when the table cannot become a dataset with these columns."""
    names: dict[str, None] = {}
    rows = 0
    for batch in batches_of(request, log):
        names.update(dict.fromkeys(batch.columns))
        rows += batch.rows
        for column in columns.values():
            cells = texts_of(batch, column.name, request, log)
            column.facts.add(cells.characters, size=cells.packed()[0].size, truncated=cells.truncated)
    log.raise_if_any()
    check_any_rows(rows, request, log)
    for column in columns.values():
        if column.name not in names:
            message = no_such_column(column.name, list(names))
            log.reject(column.unknown, message, file=request.filename, column=column.name)
        check_size(column.facts, request, log)
    check_rows(rows, request, log)


def _write(
    request: CompileRequest, columns: Mapping[str, TextColumn], files: Mapping[str, TextFiles], log: ProblemLog
) -> None:
    """The second pass."""
    row = 0
    ends = dict.fromkeys(columns, 0)
    for batch in batches_of(request, log):
        for array, column in columns.items():
            cells = texts_of(batch, column.name, request, log)
            report_missing(cells, column.name, rows=batch.numbered(row), filename=request.filename, log=log)
            content, offsets = cells.packed()
            files[array].text.write(ends[array], content)
            files[array].offsets.write(row, ends[array] + offsets)
            ends[array] += len(content)
        row += batch.rows
