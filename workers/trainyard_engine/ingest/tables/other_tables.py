"""Tables as Weka (ARFF) and LIBSVM (svmlight) write them, as batches of columns."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.ingest.encodings import UTF8, UnknownEncoding, open_as_utf8, warning
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch, check_names
from trainyard_spec.names import column_name

IS_ARFF = re.compile(rb"(?:\s|%[^\n]*\n)*@relation\b", re.IGNORECASE)
IS_SVMLIGHT = re.compile(
    rb"(?:#[^\n]*\n)*(?:[-+]?\d[\d.eE+-]*(?: qid:\d+)?(?:[ \t]+\d+:[-+\d.eE]+)+[ \t]*(?:#[^\n]*)?\r?\n){2}"
)
ATTRIBUTE = re.compile(r"""\s*@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)\s*(\S.*)""", re.IGNORECASE)
LABEL = "label"
"""What the first cell of a row of LIBSVM is called; the others are called by their numbers."""
ROWS_AT_ONCE = 1 << 10
CELLS_AT_ONCE = 1 << 20


def read_arff(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields the rows below ``@data``; ``?`` is a missing value. Raises ``Rejected``, for sparse rows too."""
    with text_lines(request, log) as lines:
        names = _attributes(lines)
        if not names:
            message = "This ARFF file names no @attribute before its @data. Each column needs one."
            log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)
        check_names(names, filename=request.filename, log=log, limits=request.limits)
        rows: list[list[str]] = []
        number = 0
        filled = (line for line in lines if line.strip() and not line.lstrip().startswith("%"))
        for line in filled:
            number += 1
            if line.lstrip().startswith("{"):
                message = "This ARFF file is sparse. Save it dense (Weka: the filter SparseToNonSparse), or as CSV."
                log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename, row=number)
            quote = "'" if '"' not in line else '"'
            cells = next(csv.reader([line.strip()], quotechar=quote, escapechar="\\", skipinitialspace=True))
            if len(cells) != len(names):
                message = f"This row has {len(cells)} cells and there are {len(names)} attributes. Make them equal."
                log.add(ProblemCode.RAGGED_ROW, message, file=request.filename, row=number)
                continue
            rows.append(cells)
            if len(rows) * len(names) >= CELLS_AT_ONCE:
                yield _of_cells(names, rows)
                rows = []
        if rows:
            yield _of_cells(names, rows)


def read_svmlight(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields the rows: ``label``, and a column for each number that any row has, 0 where a row has it not.

    Raises ``Rejected`` for more columns than a table may have.
    """
    with text_lines(request, log) as lines:
        numbers = sorted({int(pair.partition(":")[0]) for line in lines for pair in _pairs(line)})
    names = [LABEL, *map(str, numbers)]
    check_names(names, filename=request.filename, log=log, limits=request.limits)
    places = {number: place for place, number in enumerate(numbers)}
    with text_lines(request, log) as lines:
        labels: list[str] = []
        values = np.zeros((ROWS_AT_ONCE, len(numbers)))
        for line in lines:
            if not line.partition("#")[0].strip():
                continue
            labels.append(line.split(maxsplit=1)[0])
            for pair in _pairs(line):
                number, _, value = pair.partition(":")
                values[len(labels) - 1, places[int(number)]] = float(value)
            if len(labels) == ROWS_AT_ONCE:
                yield _of_numbers(names, labels, values)
                labels, values = [], np.zeros_like(values)
        if labels:
            yield _of_numbers(names, labels, values[: len(labels)])


@contextmanager
def text_lines(request: CompileRequest, log: ProblemLog) -> Iterator[Iterator[str]]:
    """The lines. Raises ``Rejected`` for text in no encoding that is read, and for what is no cell of such a file."""
    try:
        file, encoding = open_as_utf8(request.source)
        if encoding.sample:
            log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=request.filename)
        with io.TextIOWrapper(file, UTF8) as text:
            yield iter(text)
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)
    except (ValueError, csv.Error) as error:
        message = f"The table cannot be read ({error}). Save it as CSV."
        log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)


def _attributes(lines: Iterator[str]) -> list[str]:
    names: list[str] = []
    for line in lines:
        if line.strip().casefold() == "@data":
            break
        if found := ATTRIBUTE.match(line):
            names.append(column_name(re.sub(r"\\(.)", r"\1", found[1].strip("'\""))))
    return names


def _pairs(line: str) -> list[str]:
    return [cell for cell in line.partition("#")[0].split()[1:] if not cell.startswith("qid:")]


def _of_cells(names: list[str], rows: list[list[str]]) -> TableBatch:
    columns = zip(*rows, strict=True)
    cells = [[None if cell.strip() == "?" else cell.strip() for cell in column] for column in columns]
    return TableBatch(
        rows=len(rows),
        columns={name: pa.array(column, pa.string()) for name, column in zip(names, cells, strict=True)},
    )


def _of_numbers(names: list[str], labels: list[str], values: npt.NDArray[np.float64]) -> TableBatch:
    columns = [pa.array(labels, pa.string()), *(pa.array(column) for column in values.T)]
    return TableBatch(rows=len(labels), columns=dict(zip(names, columns, strict=True)))
