"""Reads CSV (RFC 4180, and what else spreadsheets and people write) as batches of text columns."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import IO, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from trainyard_engine.ingest.encodings import (
    HEAD_SIZE,
    UTF8,
    DamagedUtf8,
    Encoding,
    UnknownEncoding,
    Utf8Stream,
    encoding_by_head,
    encoding_of,
    warning,
)
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, Rejected, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch, check_names
from trainyard_engine.ingest.tables.csv_dialect import CsvHeader, HeaderUnreadable, read_head
from trainyard_engine.ingest.tables.csv_stream import ends_in_blank_row, ends_in_quote, rows_of, survey
from trainyard_engine.ingest.tables.plain_csv import NotPlain, PlainBlock, plain_blocks
from trainyard_engine.ingest.tables.wide_series import columns_in_file
from trainyard_spec.tasks import DataKind

NOT_UTF8 = re.compile(r"[\ud800-\udfff]")
"""What Python puts in the place of bytes that are not UTF-8."""


def read_csv(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields the rows below the header. Raises ``Rejected`` when the structure is broken beyond reading on."""
    with request.source.open("rb") as file:
        try:
            encoding = encoding_of(file)
            marks = survey(file, encoding)
        except DamagedUtf8:
            _report_encoding(file, request, log)
        except UnknownEncoding as error:
            log.reject(ProblemCode.ENCODING, str(error), file=request.filename)
        if "nul" in marks:
            message = "The text holds a NUL character. Leave it out, or upload the file that the table came from."
            log.reject(ProblemCode.NUL_CHARACTER, message, file=request.filename)
        if encoding.sample:
            log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=request.filename)
        yield from _batches(file, encoding, _head(file, encoding, marks, request, log), request, log)


def read_plain_csv(request: CompileRequest, log: ProblemLog) -> Iterator[PlainBlock]:
    """Yields the lines below the header. Raises ``Rejected``, and ``NotPlain`` where only ``read_csv`` can go on."""
    with request.source.open("rb") as file:
        encoding = encoding_by_head(file.read(HEAD_SIZE)) or Encoding(UTF8)
        if encoding.codec != UTF8:
            raise NotPlain
        try:
            head = _head(file, encoding, frozenset(), request, log)
        except UnicodeDecodeError as error:
            raise NotPlain from error
        if head.unnamed or not head.dialect.is_standard or ends_in_blank_row(file, head.dialect.separator):
            raise NotPlain
        file.seek(head.begin)
        yield from plain_blocks(file, list(head.names), head.dialect.separator, size=request.limits.row_size)


def _head(
    file: IO[bytes], encoding: Encoding, marks: frozenset[str], request: CompileRequest, log: ProblemLog
) -> CsvHeader:
    """Raises ``Rejected``, and ``UnicodeDecodeError``."""
    try:
        asked = columns_in_file(request)
        head = read_head(file, encoding, header_size=request.limits.header_size, marks=marks, asked=asked)
    except HeaderUnreadable as error:
        message = f"The header cannot be read: {error}. The first line must name the columns."
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)
    if head is None:
        log.reject(ProblemCode.EMPTY_FILE, "The file is empty. Put a header and rows into it.", file=request.filename)
    if any(map(NOT_UTF8.search, head.names)):
        message = "The header is not UTF-8 text. Save the file in the encoding UTF-8."
        log.reject(ProblemCode.ENCODING, message, file=request.filename)
    check_names(head.names, filename=request.filename, log=log, limits=request.limits)
    return head


def _batches(
    file: IO[bytes], encoding: Encoding, head: CsvHeader, request: CompileRequest, log: ProblemLog
) -> Iterator[TableBatch]:
    rows_before = 0
    last: pa.RecordBatch | None = None
    unnamed = [f"{position}\0" for position in range(head.unnamed)]
    stream = rows_of(file, encoding, head, row_size=request.limits.row_size)
    try:
        for last in _raw_batches(stream, head, unnamed, request, log):
            columns = dict(zip(last.schema.names, last.columns, strict=True))
            for position, name in enumerate(unnamed, start=len(head.names) + 1):
                _check_unnamed(columns.pop(name), position, rows_before, request, log)
            yield TableBatch(rows=last.num_rows, columns=columns)
            rows_before += last.num_rows
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)
    except (pa.ArrowInvalid, csv.Error) as error:
        message = (
            f"The table cannot be read beyond row {rows_before:,} ({error}). Is a quote never closed there, or a"
            f" row longer than {request.limits.row_size:,} bytes?"
        )
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)
    if last is not None and _ends_in_several_lines(last) and not ends_in_quote(file, encoding, head.dialect):
        message = f"A quote opened near row {rows_before:,} is never closed: the rest of the file is one cell."
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)


def _raw_batches(
    stream: Utf8Stream, head: CsvHeader, unnamed: list[str], request: CompileRequest, log: ProblemLog
) -> Iterator[pa.RecordBatch]:
    def ragged(row: pyarrow.csv.InvalidRow) -> str:
        message = f"This row has {row.actual_columns} cells and the header {row.expected_columns}. Make them equal."
        log.add(ProblemCode.RAGGED_ROW, message, file=request.filename, row=row.number)
        return "skip"

    names = [*head.names, *unnamed]
    try:
        reader = pyarrow.csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            # Only without threads does a ragged row know its number.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, block_size=request.limits.row_size, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=head.dialect.delimiter,
                quote_char='"' if head.dialect.needs_rewriting else head.dialect.quote,
                newlines_in_values=True,
                invalid_row_handler=ragged,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=_columns_read(names, len(head.names), request),
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise
    # Blank lines are no rows, in the middle of a block or filling one.
    yield from (batch for batch in reader if batch.num_rows)


def _columns_read(names: list[str], named: int, request: CompileRequest) -> list[str]:
    """All columns of a table; of a table of texts those that are used, and the last, whose end may be missing."""
    options = request.options
    used = set(options.columns)
    if request.task.traits.data != DataKind.TEXTS or options.text is None or not used.issubset(names):
        return names
    return [name for name in names if name in used or name in names[named - 1 :]]


def _check_unnamed(cells: pa.Array, position: int, rows_before: int, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` if any of ``cells`` holds something: a column of nothing needs no name."""
    filled = pc.not_equal(pc.utf8_trim_whitespace(pc.fill_null(cells, "")), "")
    row = pc.index(filled, True).as_py()
    if row >= 0:
        message = f"Column {position} has no name, and row {rows_before + row + 1:,} holds something in it. Name it."
        log.reject(ProblemCode.EMPTY_COLUMN_NAME, message, file=request.filename)


def _report_encoding(file: IO[bytes], request: CompileRequest, log: ProblemLog) -> NoReturn:
    """Reads the table again, slowly, and adds a problem for each cell that is not UTF-8. Raises ``Rejected``."""
    message = "This is not UTF-8 text. Save the file in the encoding UTF-8."
    file.seek(0)
    escaped = replace(encoding_by_head(file.read(HEAD_SIZE)) or Encoding(UTF8), errors="surrogateescape")
    head = _head(file, escaped, frozenset(), request, log)
    file.seek(head.begin)
    with io.TextIOWrapper(file, escaped.codec, escaped.errors, newline="") as text:
        try:
            for row, cells in enumerate(filter(None, head.dialect.rows(text)), start=1):
                for name, cell in zip_longest(head.names, cells[: len(head.names) + 1], fillvalue=""):
                    if NOT_UTF8.search(cell):
                        log.add(ProblemCode.ENCODING, message, file=request.filename, row=row, column=name or None)
        except csv.Error:
            log.add(ProblemCode.ENCODING, message, file=request.filename)
    raise Rejected


def _ends_in_several_lines(last: pa.RecordBatch) -> bool:
    """Whether the table's last cell spans lines, so was quoted."""
    cell = last.column(last.num_columns - 1)[-1].as_py() or ""
    return re.search(r"[\r\n]", cell) is not None
