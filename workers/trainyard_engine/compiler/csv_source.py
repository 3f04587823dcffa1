"""Reads CSV (RFC 4180, and the separators ``;`` and tab) as batches of text columns."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import IO, NoReturn

import pyarrow as pa
import pyarrow.csv

from trainyard_engine.compiler.batches import Batch, check_names
from trainyard_engine.compiler.cells import MISSING
from trainyard_engine.compiler.plain_csv import PlainBlock, plain_blocks
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog, Rejected
from trainyard_engine.compiler.request import CompileRequest
from trainyard_spec.tasks import DataKind

SEPARATORS = (",", ";", "\t")
NOT_UTF8 = re.compile(r"[\ud800-\udfff]")
"""What Python puts in the place of bytes that are not UTF-8."""
SAMPLE_SIZE = 1 << 16
TAIL_SIZE = 1 << 12


def read_csv(request: CompileRequest, log: ProblemLog) -> Iterator[Batch]:
    """Yields the rows below the header. Raises ``Rejected`` when the structure is broken beyond reading on."""
    with request.source.open("rb") as file:
        names, separator = _begin(file, request, log)
        rows_before = 0
        last: pa.RecordBatch | None = None
        try:
            for last in _raw_batches(file, names, separator, request, log):
                yield Batch(rows=last.num_rows, columns=dict(zip(last.schema.names, last.columns, strict=True)))
                rows_before += last.num_rows
        except UnicodeDecodeError:
            _report_encoding(names, separator, request, log)
        except pa.ArrowInvalid as error:
            message = (
                f"The table cannot be read beyond row {rows_before:,} ({error}). Is a quote never closed there, or a"
                f" row longer than {request.limits.row_size:,} bytes?"
            )
            log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)
        if last is not None and _ends_in_open_quote(last, file):
            message = f"A quote opened near row {rows_before:,} is never closed: the rest of the file is one cell."
            log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)


def read_plain_csv(request: CompileRequest, log: ProblemLog) -> Iterator[PlainBlock]:
    """Yields the lines below the header. Raises ``Rejected``, and ``NotPlain`` where only ``read_csv`` can go on."""
    with request.source.open("rb") as file:
        names, separator = _begin(file, request, log)
        yield from plain_blocks(file, names, separator, size=request.limits.row_size)


def _begin(file: IO[bytes], request: CompileRequest, log: ProblemLog) -> tuple[list[str], str]:
    """Reads the header of ``file``: the names of the columns, and the separator."""
    separator = _separator(file.read(SAMPLE_SIZE))
    file.seek(0)
    names = _header(file, separator, request, log)
    check_names(names, filename=request.filename, log=log, limits=request.limits)
    return names, separator


def _separator(sample: bytes) -> str:
    """Of those that split the header, the one that splits every line alike, or else splits most."""
    text = sample.decode("utf-8", "replace")
    whole = text[: text.rfind("\n") + 1] if len(sample) == SAMPLE_SIZE else text

    def fitness(separator: str) -> tuple[bool, bool, int]:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(whole, newline=""), delimiter=separator) if row]
        except csv.Error:
            return False, False, 0
        width = widths[0] if widths else 0
        return width > 1, len(set(widths)) == 1, width

    return max(SEPARATORS, key=fitness)


def _header(file: IO[bytes], separator: str, request: CompileRequest, log: ProblemLog) -> list[str]:
    """Reads the first line that is not blank, and leaves ``file`` at the start of the next."""

    def lines() -> Iterator[str]:
        while line := file.readline(request.limits.header_size + 1):
            if file.tell() > request.limits.header_size:
                raise csv.Error(f"the header is longer than {request.limits.header_size:,} bytes")
            yield line.decode("utf-8-sig" if file.tell() == len(line) else "utf-8")

    try:
        names = next((row for row in csv.reader(lines(), delimiter=separator) if row), None)
    except UnicodeDecodeError:
        message = "The header is not UTF-8 text. Save the file in the encoding UTF-8."
        log.reject(ProblemCode.ENCODING, message, file=request.filename)
    except csv.Error as error:
        message = f"The header cannot be read: {error}. The first line must name the columns."
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)
    if names is None:
        log.reject(ProblemCode.EMPTY_FILE, "The file is empty. Put a header and rows into it.", file=request.filename)
    return [name.strip() for name in names]


def _raw_batches(
    file: IO[bytes], names: list[str], separator: str, request: CompileRequest, log: ProblemLog
) -> Iterator[pa.RecordBatch]:
    def ragged(row: pyarrow.csv.InvalidRow) -> str:
        message = f"This row has {row.actual_columns} cells and the header {row.expected_columns}. Make them equal."
        log.add(ProblemCode.RAGGED_ROW, message, file=request.filename, row=row.number)
        return "skip"

    try:
        reader = pyarrow.csv.open_csv(
            pa.PythonFile(_Utf8Stream(file), mode="r"),
            # Only without threads does a ragged row know its number.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, block_size=request.limits.row_size, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=ragged
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=_columns_read(names, request),
                # Of a text, too, "NA" is a missing value in a table, and a word among texts.
                null_values=MISSING,
                strings_can_be_null=request.task.traits.data != DataKind.TEXTS,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return
        raise
    # Blank lines are no rows, in the middle of a block or filling one.
    yield from (batch for batch in reader if batch.num_rows)


def _columns_read(names: list[str], request: CompileRequest) -> list[str]:
    """All columns of a table; of a table of texts those that are used, and the last, whose end may be missing."""
    options = request.options
    chosen = (options.text, options.target, options.time, options.group, options.split)
    used = {name for name in chosen if name is not None}
    if request.task.traits.data != DataKind.TEXTS or not used or not used.issubset(names):
        return names
    return [name for name in names if name in used or name == names[-1]]


class _Utf8Stream:
    """Passes a file's bytes on while they are UTF-8. Arrow's reader could not name a broken row that is not."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self, size: int) -> bytes:
        """Raises ``UnicodeDecodeError``."""
        content = self._file.read(size)
        begun, _ = self._decoder.getstate()
        if begun or not content.isascii():
            self._decoder.decode(content, final=not content)
        return content

    def close(self) -> None:
        """The file belongs to the caller."""


def _report_encoding(names: list[str], separator: str, request: CompileRequest, log: ProblemLog) -> NoReturn:
    """Reads the table again, slowly, and adds a problem for each cell that is not UTF-8. Raises ``Rejected``."""
    message = "This is not UTF-8 text. Save the file in the encoding UTF-8."
    with request.source.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        try:
            for row, cells in enumerate(filter(None, csv.reader(file, delimiter=separator))):
                for name, cell in zip_longest(names, cells[: len(names) + 1], fillvalue=""):
                    if NOT_UTF8.search(cell):
                        log.add(ProblemCode.ENCODING, message, file=request.filename, row=row, column=name or None)
        except csv.Error:
            log.add(ProblemCode.ENCODING, message, file=request.filename)
    raise Rejected


def _ends_in_open_quote(last: pa.RecordBatch, file: IO[bytes]) -> bool:
    """Whether the table's last cell spans lines, so was quoted, though the file does not end in a quote."""
    cell = last.column(last.num_columns - 1)[-1].as_py() or ""
    if not re.search(r"[\r\n]", cell):
        return False
    file.seek(0, 2)
    file.seek(max(0, file.tell() - TAIL_SIZE))
    return not file.read().rstrip().endswith(b'"')
