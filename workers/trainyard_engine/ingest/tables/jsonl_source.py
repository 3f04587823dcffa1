"""Reads JSON, one object a row, as batches of columns: a line for each, or one array of them."""

import io
import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

import pyarrow as pa

from trainyard_engine.ingest.cells.canonical_cells import flat, of_json
from trainyard_engine.ingest.encodings import UnknownEncoding, open_json
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.parallel import mapped_by_threads
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch, check_names, column_of
from trainyard_engine.ingest.tables.json_array import array_rows
from trainyard_engine.ingest.tables.plain_jsonl import read_plain_jsonl
from trainyard_spec.json_objects import with_distinct_keys
from trainyard_spec.names import column_name

BATCH_SIZE = 1 << 20
"""Bytes of lines that make a batch."""

NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""Escaped: as it is, JSON does not allow it."""
Row = dict[str, Any]


def read_jsonl(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields all rows; blank lines are none. Raises ``Rejected`` when a line is too long to be read."""
    try:
        with open_json(request.source) as file:
            yield from _BlockReader(request, log).batches(_blocks(file, request.limits))
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)


def read_json_array(request: CompileRequest, log: ProblemLog) -> Iterator[TableBatch]:
    """Yields all rows. Raises ``Rejected`` where the array is damaged beyond reading on."""
    yield from _BlockReader(request, log).batches(_blocks_of_items(array_rows(request, log)))


def _blocks(file: IO[bytes], limits: IngestLimits) -> Iterator[bytes]:
    """Whole lines, as far as these are not too long."""
    while content := file.read(BATCH_SIZE):
        yield content if content.endswith(b"\n") else content + file.readline(limits.row_size + 1)


def _blocks_of_items(items: Iterator[str]) -> Iterator[bytes]:
    lines: list[str] = []
    size = 0
    for item in items:
        lines.append(item)
        size += len(item)
        if size >= BATCH_SIZE:
            yield ("\n".join(lines) + "\n").encode()
            lines, size = [], 0
    if lines:
        yield ("\n".join(lines) + "\n").encode()


class _BlockReader:
    """Reads blocks of lines in threads where that is safe, and the others one after the other."""

    def __init__(self, request: CompileRequest, log: ProblemLog) -> None:
        self._request = request
        self._log = log
        self._rows = 0
        self._names: dict[str, None] = {}
        self._texts: frozenset[str] = frozenset()
        """Columns that held nothing but strings in a block that was read with care."""

    def batches(self, blocks: Iterator[bytes]) -> Iterator[TableBatch]:
        # The first block tells the columns to those that are read in threads.
        first = map(self._read_plain, islice(blocks, 1))
        for content, plain in chain(first, mapped_by_threads(self._read_plain, blocks)):
            known = plain is not None and self._names.keys() >= plain.columns.keys()
            batch = plain if plain and known else self._read_lines(content)
            if batch.rows:
                yield TableBatch(rows=batch.rows, columns={name: column_of(batch, name) for name in self._names})
            self._rows += batch.rows

    def _read_plain(self, content: bytes) -> tuple[bytes, TableBatch | None]:
        """``content``, and its rows if the columns are known and it is plain."""
        row_size = self._request.limits.row_size
        return content, read_plain_jsonl(content, texts=self._texts, row_size=row_size) if self._names else None

    def _read_lines(self, content: bytes) -> TableBatch:
        """Raises ``Rejected``."""
        request, log = self._request, self._log
        lines = io.BytesIO(content).readlines()
        if max(map(len, lines)) > request.limits.row_size:
            message = f"A line is longer than {request.limits.row_size:,} bytes. Put one object into each line."
            log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename)
        rows = [
            _parse(line, row=number, request=request, log=log)
            for number, line in enumerate(filter(bytes.strip, lines), start=self._rows + 1)
        ]
        self._names.update(dict.fromkeys(name for row in rows for name in row))
        check_names(list(self._names), filename=request.filename, log=log, limits=request.limits)
        columns = {name: of_json([row.get(name) for row in rows]) for name in self._names}
        self._texts |= {name for name, values in columns.items() if pa.types.is_string(values.type)}
        return TableBatch(rows=len(rows), columns=columns)


def _hint_for(line: bytes) -> str:
    """What to do about a line that shows how it was written; else nothing."""
    if line.rstrip() in (b"{", b"["):
        return " Write each object in one line, or all as one list: [{…}, {…}]."
    if line.rstrip().endswith(b"},"):
        return " Leave the comma behind the object out, or write all as one list: [{…}, {…}]."
    if line.lstrip().startswith((b"{'", b"[{'")):
        return ' These are objects of Python: write them by json.dumps, which quotes by ".'
    return ""


def _parse(line: bytes, *, row: int, request: CompileRequest, log: ProblemLog) -> Row:
    """The object of one line; an empty one, and a problem, if it holds none."""
    try:
        text = line.decode()
        parsed = json.loads(text, object_pairs_hook=with_distinct_keys)
        if "\\u" in text:
            json.dumps(parsed, ensure_ascii=False).encode()  # an escape can stand for half a character
            if NUL.search(text):
                raise ValueError("a text holds \\u0000, the NUL character")
    except UnicodeDecodeError:
        code, message = ProblemCode.ENCODING, "This line is not UTF-8 text. Save the file in the encoding UTF-8."
    except (ValueError, RecursionError) as error:
        code, message = ProblemCode.INVALID_JSON, f"This line is not valid JSON ({error}).{_hint_for(line)}"
    else:
        if isinstance(parsed, dict):
            cells = flat(parsed, kept=request.options.columns)
            named = {column_name(name): value for name, value in cells.items()}
            if len(named) == len(cells):
                return named
            code, message = ProblemCode.INVALID_JSON, "Two keys of this line name the same column. Rename one."
        else:
            code, message = (
                ProblemCode.INVALID_JSON,
                'This line is not a JSON object such as {"age": 41, "city": "Oslo"}.',
            )
    log.add(code, message, file=request.filename, row=row)
    return {}
