"""JSON documents around the rows of a table: an object such as ``{"data": [{…}, …]}``, as services answer, what pandas
writes as ``orient="split"`` or ``"table"``, and an array of arrays below one of names."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from trainyard_engine.ingest.encodings import UTF8, UnknownEncoding, open_json
from trainyard_engine.ingest.formats import HEAD_SIZE, Format, tell_format
from trainyard_engine.ingest.problems import ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.json_array import DamagedArray, JsonAhead
from trainyard_spec.json_objects import with_distinct_keys
from trainyard_spec.tasks import Task

ROWS = frozenset({"data", "rows", "records", "items", "results", "examples", "instances", "samples"})
"""What the key of the rows is called."""
OF_SERVER = {"row_idx", "row"}
"""Keys of a row as the dataset viewer of Hugging Face answers it."""


@contextmanager
def without_envelope(request: CompileRequest, directory: Path, log: ProblemLog) -> Iterator[CompileRequest]:
    """``request`` for the rows that its JSON document wraps, in a file in ``directory`` while the block lasts; else as
    it is."""
    if request.media or (request.task is Task.LANGUAGE_MODELLING and request.options.text is None):
        yield request
        return
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
    rows = directory / "rows.jsonl"
    try:
        is_wrapped = found in (Format.JSONL, Format.JSON_ARRAY) and _unwrapped(request, found, rows, log)
        yield replace(request, source=rows) if is_wrapped else request
    finally:
        rows.unlink(missing_ok=True)


def _unwrapped(request: CompileRequest, found: Format, out: Path, log: ProblemLog) -> bool:
    """Whether the document is an envelope; its rows then stand in ``out``, an object a line."""
    try:
        with (
            open_json(request.source) as file,
            io.TextIOWrapper(file, UTF8, newline="") as text,
            out.open("w", encoding=UTF8) as rows,
        ):
            ahead = JsonAhead(text, request.limits.row_size)
            envelope = _Envelope(ahead, rows, kept=frozenset(request.options.columns))
            is_wrapped = envelope.table() if found is Format.JSON_ARRAY else envelope.members()
            if not is_wrapped or ahead.next():
                return False
    except (UnknownEncoding, UnicodeDecodeError, DamagedArray, ValueError, RecursionError):
        return False  # which is told by who reads it as it is
    if envelope.index:
        message = f"{', '.join(sorted(envelope.index))} numbers the rows, as pandas states: it was left out."
        log.note(WarningCode.INDEX_COLUMN, message, file=request.filename)
    return True


@dataclass
class _Envelope:
    """``columns`` name the cells of rows that are arrays, and ``index`` what pandas calls the index, but ``kept``."""

    text: JsonAhead
    out: IO[str]
    kept: frozenset[str]
    columns: list[str] = field(default_factory=list)
    index: set[str] = field(default_factory=set)
    _rows: int = 0

    def members(self) -> bool:
        """Reads an object whole. Whether it wraps rows."""
        self.text.take("{")
        while self.text.next() == '"':
            self._member(json.loads(self.text.item()))
            if self.text.next() != ",":
                break
            self.text.take(",")
        self.text.take("}")
        return self._rows > 0

    def table(self) -> bool:
        """Reads an array of arrays whole. Whether the first names the cells of the others."""
        items = self._items()
        self.columns = _names(next(items, None))
        for item in items if self.columns else ():
            self._write(item)
        return self._rows > 0

    def _member(self, key: str) -> None:
        self.text.take(":")
        if self.text.next() != "[":
            self._state(key, json.loads(self.text.item()))
        elif key in ROWS and self._rows == 0:
            for item in self._items():
                self._write(item)
        else:
            found = self._items()
            if key == "columns":
                self.columns = _names([*found])
            for _ in found:
                pass

    def _state(self, key: str, value: Any) -> None:
        """What pandas says of the rows before them."""
        if key == "schema" and isinstance(value, dict):
            stated = value.get("primaryKey")
            named = stated if isinstance(stated, list) else []
            self.index = {name for name in named if isinstance(name, str)} - self.kept

    def _items(self) -> Iterator[Any]:
        self.text.take("[")
        while self.text.next() != "]":
            yield json.loads(self.text.item(), object_pairs_hook=with_distinct_keys)
            if self.text.next() == ",":
                self.text.take(",")
        self.text.take("]")

    def _write(self, item: Any) -> None:
        """Raises ``DamagedArray`` for what is no row."""
        if isinstance(item, list) and len(item) == len(self.columns):
            item = dict(zip(self.columns, item, strict=True))
        if not isinstance(item, dict):
            raise self.text.damaged("a row is an object, or an array of cells")
        row = item["row"] if item.keys() >= OF_SERVER and isinstance(item["row"], dict) else item
        self.out.write(json.dumps({key: cell for key, cell in row.items() if key not in self.index}) + "\n")
        self._rows += 1


def _names(found: Any) -> list[str]:
    """``found`` if it is a list of different names; else none."""
    are_names = isinstance(found, list) and all(isinstance(name, str) and name for name in found)
    return found if are_names and len(set(found)) == len(found) else []
