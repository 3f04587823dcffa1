"""Reads JSON lines, one object a row, as batches of columns."""

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa

from trainyard_engine.compiler.batches import Batch, check_names
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest

BATCH_SIZE = 1 << 20
"""Bytes of lines that make a batch."""

Row = dict[str, Any]


def read_jsonl(request: CompileRequest, log: ProblemLog) -> Iterator[Batch]:
    """Yields all rows; blank lines are none. Raises ``Rejected`` when a line is too long to be read."""
    names: dict[str, None] = {}
    rows_before = 0
    with request.source.open("rb") as file:
        if file.read(3) != codecs.BOM_UTF8:
            file.seek(0)
        for lines in _line_batches(file, request, log):
            rows = [
                _parse(line, row=number, request=request, log=log)
                for number, line in enumerate(lines, start=rows_before + 1)
            ]
            names.update(dict.fromkeys(name for row in rows for name in row))
            check_names(list(names), filename=request.filename, log=log, limits=request.limits)
            yield Batch(rows=len(rows), columns={name: _column([row.get(name) for row in rows]) for name in names})
            rows_before += len(rows)


def _line_batches(file: IO[bytes], request: CompileRequest, log: ProblemLog) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    size = 0
    while line := file.readline(request.limits.row_size + 1):
        if len(line) > request.limits.row_size:
            message = f"A line is longer than {request.limits.row_size:,} bytes. Put one object into each line."
            log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)
        if line.strip():
            lines.append(line)
            size += len(line)
        if size >= BATCH_SIZE:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def _parse(line: bytes, *, row: int, request: CompileRequest, log: ProblemLog) -> Row:
    """The object of one line; an empty one, and a problem, if it holds none."""
    try:
        text = line.decode()
        parsed = json.loads(text)
        if "\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode()  # an escape can stand for half a character
    except UnicodeDecodeError:
        code, message = ProblemCode.ENCODING, "This line is not UTF-8 text. Save the file in the encoding UTF-8."
    except (ValueError, RecursionError) as error:
        code, message = ProblemCode.INVALID_JSON, f"This line is not valid JSON ({error})."
    else:
        if isinstance(parsed, dict):
            return parsed
        code, message = ProblemCode.INVALID_JSON, 'This line is not a JSON object such as {"age": 41, "city": "Oslo"}.'
    log.add(code, message, file=request.filename, row=row)
    return {}


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        if any(isinstance(value, dict | list) for value in values):
            return pa.nulls(len(values), pa.struct([]))
        return pa.array([_as_text(value) for value in values], pa.string())


def _as_text(value: Any) -> str | None:
    """As a column of this type alone would be written: kinds mixed in one column are compared as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text: str = pa.scalar(value).cast(pa.string()).as_py()
    return text
