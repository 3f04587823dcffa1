"""JSON objects of a file, one a row: JSON lines, or one JSON array."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainyard_engine.ingest.encodings import UnknownEncoding, open_as_utf8, warning
from trainyard_engine.ingest.formats import Format
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import part_of
from trainyard_engine.ingest.tables.any_table import names_of
from trainyard_engine.ingest.tables.batches import TableBatch
from trainyard_engine.ingest.tables.class_names import named_row
from trainyard_engine.ingest.tables.csv_source import read_csv
from trainyard_engine.ingest.tables.json_array import array_rows
from trainyard_engine.ingest.tables.jsonl_source import NUL
from trainyard_engine.ingest.tables.parquet_source import read_parquet
from trainyard_spec.datasets import PARTS
from trainyard_spec.json_objects import with_distinct_keys


@dataclass(frozen=True, slots=True)
class RowPosition:
    """Where a row stands: ``line`` counts all lines from 1, or the entries of an array, and ``row`` the rows."""

    file: str
    line: int
    row: int
    unit: str = "Line"

    def add(self, log: ProblemLog, code: ProblemCode, message: str, *, column: str | None = None) -> None:
        log.add(code, f"{self.unit} {self.line}: {message}", file=self.file, row=self.row, column=column or None)


TableReader = Callable[[CompileRequest, ProblemLog], Iterator[TableBatch]]
Row = tuple[RowPosition, dict[str, Any] | None]


def rows_of_objects(request: CompileRequest, log: ProblemLog, found: Format) -> Iterator[Row]:
    """The objects of a file that is JSON lines or an array, or the rows of a table of the format ``found``.

    ``None``, and a problem, for one that is none. Raises ``Rejected`` where the file cannot be read on.
    """
    names = names_of(request, found)
    match found:
        case Format.JSONL:
            rows = _objects_of_lines(request, log)
        case Format.JSON_ARRAY:
            rows = _objects_of_array(request, log)
        case _:
            rows = _objects_of_table(request, log, read_parquet if found is Format.PARQUET else read_csv)
    return ((place, row and named_row(row, names)) for place, row in rows) if names else rows


def _objects_of_table(request: CompileRequest, log: ProblemLog, read: TableReader) -> Iterator[Row]:
    """Cells without a value are keys that a row has not."""
    number = 0
    for batch in read(request, log):
        columns = [column.to_pylist() for column in batch.columns.values()]
        for cells in zip(*columns, strict=True):
            number += 1
            row = {name: cell for name, cell in zip(batch.columns, cells, strict=True) if cell is not None}
            yield RowPosition(request.filename, number, number, "Row"), row


def parts_file(directory: Path) -> NpyFile:
    """``split_split.npy``, which ``write_part`` fills."""
    return NpyFile(directory / "split_split.npy", dtype=np.float64, shape=(0,))


def write_part(file: NpyFile, row: dict[str, Any], at: RowPosition, key: str | None, log: ProblemLog) -> None:
    """Writes which part of a split ``row`` says by ``key`` that it is of; adds a problem where it says none."""
    said = row.get(key or "")
    part = part_of(said) if isinstance(said, str) else None
    if part is None:
        at.add(log, ProblemCode.SPLIT_UNREADABLE, f"The part is none of {', '.join(PARTS)}.", column=key)
        return
    file.write(at.row - 1, np.array([part], dtype=np.float64))


def _objects_of_lines(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    longest, number, row = request.limits.row_size, 0, 0
    try:
        file, encoding = open_as_utf8(request.source)
        if encoding.sample:
            log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=request.filename)
        with file:
            while line := file.readline(longest + 1):
                number += 1
                if len(line) > longest:
                    message = f"Line {number} is longer than {longest:,} bytes. Put one object into each line."
                    log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename, row=row + 1)
                if line.strip():
                    row += 1
                    place = RowPosition(request.filename, number, row)
                    yield place, _parsed(line, place, log)
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)


def _objects_of_array(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    for number, item in enumerate(array_rows(request, log), start=1):
        place = RowPosition(request.filename, number, number, "Entry")
        yield place, _parsed(item.encode(), place, log)


def _parsed(line: bytes, at: RowPosition, log: ProblemLog) -> dict[str, Any] | None:
    try:
        row = json.loads(line, object_pairs_hook=with_distinct_keys)
        json.dumps(row, ensure_ascii=False).encode()  # an escape can stand for half a character
        if NUL.search(line.decode()):
            raise ValueError("a text holds \\u0000, the NUL character")
        if isinstance(row, dict):
            return row
        reason = "it is not an object"
    except (ValueError, RecursionError) as error:
        reason = str(error)
    at.add(log, ProblemCode.INVALID_JSON, f"This is not one JSON object ({reason}).")
    return None
