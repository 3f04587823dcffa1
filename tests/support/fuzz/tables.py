"""Tables as files: every dialect and encoding of CSV, every way to write JSON lines, every type of Parquet."""

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from hypothesis import reject
from hypothesis import strategies as st

from tests.support.fuzz.cells import PYTHON, VALUES, Column, tables

ENCODINGS = [
    *["utf-8"] * 12, "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp437",
    "mac_roman", "shift_jis", "gb18030", "koi8-r", "utf-7",
]  # fmt: skip
COMPRESSIONS = ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]
Table = dict[str, Column]


def _encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-8":
        return text.encode(encoding, "surrogatepass")
    return text.encode(encoding, "replace")


@st.composite
def csv_files(draw: st.DrawFn) -> bytes:
    """With quotes as needed, everywhere, wrong or nowhere; rows of other lengths, blank lines, notes at either end."""
    table = draw(tables(VALUES[:17]))
    separator = draw(st.sampled_from([",", ",", ",", ";", "\t", "|", ":", " ", "^", "\x01"]))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\r\r\n", "\n\r", "\u2028", "\x0b"]))
    quoting = draw(st.sampled_from(["minimal", "minimal", "all", "never", "single", "backslash"]))
    rows = [list(table), *map(list, zip(*table.values(), strict=True))]
    if draw(st.integers(0, 15)) == 15:
        ragged = draw(st.sampled_from(rows))
        ragged[:] = draw(st.sampled_from([ragged[:-1], [*ragged, ""], [*ragged, "more"], []]))
    lines = [separator.join(_quoted(cell, separator, quoting) for cell in row) for row in rows]
    if draw(st.integers(0, 5)) == 5:
        extra = st.sampled_from(["", " ", "# a note", f"sep={separator}", '"', separator * 3, "\x1a", "\x00"])
        lines.insert(draw(st.sampled_from([0, 0, 1, len(lines)])), draw(extra))
    text = end.join(lines) + draw(st.sampled_from([end, end, "", end * 3]))
    return _encoded(text, draw(st.sampled_from(ENCODINGS)))


def _quoted(cell: Any, separator: str, quoting: str) -> str:
    text = "" if cell is None else str(cell)
    if quoting == "never" or (quoting == "minimal" and not set(text) & {separator, '"', "\n", "\r"}):
        return text
    if quoting == "single":
        return f"'{text}'"
    escaped = text.replace('"', '\\"' if quoting == "backslash" else '""')
    return f'"{escaped}"'


@st.composite
def json_files(draw: st.DrawFn) -> bytes:
    """Lines, or one array or object of all rows; keys left out, twice, or of another case; odd numbers and escapes."""
    table = draw(tables(VALUES))
    rows: list[Any] = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    if rows and draw(st.integers(0, 7)) == 7:
        place = draw(st.integers(0, len(rows) - 1))
        odd = st.sampled_from([{}, [], 1, None, "x", {**rows[place], "more": 1}, {"x": {"x": {"x": [1]}}}])
        rows[place] = draw(odd)
    ascii_only = draw(st.booleans())
    lines = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
    if draw(st.integers(0, 9)) == 9:
        odd_lines = ["", "{", '{"x": 01}', '{"x": 1, "x": 2}', '{"x": 1}{"x": 2}', "[" * 2_000, '{"x": 1e999}', "\x00"]
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(odd_lines)))
    form = draw(st.sampled_from([*["lines"] * 9, "array", "columns", "indented"]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    whole = {"array": rows, "columns": table, "indented": rows}
    text = (
        end.join(lines) + draw(st.sampled_from([end, ""]))
        if form == "lines"
        else json.dumps(whole[form], indent=2 if form == "indented" else None, ensure_ascii=ascii_only)
    )
    return _encoded(text, draw(st.sampled_from(["utf-8"] * 12 + ENCODINGS)))


def _types() -> list[pa.DataType]:
    simple = [
        pa.null(), pa.bool_(), pa.int8(), pa.uint8(), pa.int32(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(),
        pa.float64(), pa.decimal128(20, 4), pa.decimal256(50, 10), pa.string(), pa.large_string(), pa.string_view(),
        pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(3), pa.date32(), pa.date64(), pa.time32("s"),
        pa.time32("ms"), pa.time64("us"), pa.time64("ns"), pa.timestamp("s"), pa.timestamp("ms", "UTC"),
        pa.timestamp("us", "Europe/Berlin"), pa.timestamp("ns", "+14:00"), pa.duration("s"), pa.duration("ns"),
    ]  # fmt: skip
    nested = [kind for value in simple[::4] for kind in (pa.list_(value), pa.struct([("a", value)]))]
    return [
        *simple, *nested, pa.large_list(pa.int8()), pa.list_(pa.float32(), 2), pa.map_(pa.string(), pa.int64()),
        pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.int64()), pa.struct([]),
    ]  # fmt: skip


TYPES = _types()
CANNOT = (pa.ArrowException, ValueError, TypeError, OverflowError, AttributeError)


def _as_type(column: Column, kind: pa.DataType) -> pa.Array:
    """Of ``column`` what ``kind`` can hold, the rest missing."""
    try:
        return pa.array([_castable(cell, kind) for cell in column], kind)
    except CANNOT:
        return pa.nulls(len(column), kind)


def _castable(cell: Any, kind: pa.DataType) -> Any:
    value_type = kind.value_type if pa.types.is_dictionary(kind) else kind
    for candidate in (cell, [cell, None], {"a": cell}, [("a", 1)], _number(cell)):
        try:
            pa.array([candidate], value_type)
        except CANNOT:
            continue
        return candidate
    return None


def _number(cell: Any) -> int:
    return sum(map(ord, str(cell))) % 100


@st.composite
def parquet_files(draw: st.DrawFn) -> bytes:
    """With every type of column, and pandas' notes on which of them are an index."""
    table = draw(tables([*VALUES[:17], *PYTHON]))
    arrays = []
    for column in table.values():
        plain = all(isinstance(cell, float | int) for cell in column)
        inferred = pa.float64() if plain else pa.string()
        kind = draw(st.sampled_from([inferred, inferred, inferred, draw(st.sampled_from(TYPES))]))
        arrays.append(_as_type(column if kind != pa.string() else [_text(cell) for cell in column], kind))
    names = [_text(name) for name in table]
    if draw(st.integers(0, 15)) == 15:
        names[-1] = names[0]
    schema = pa.schema([pa.field(name, array.type) for name, array in zip(names, arrays, strict=True)])
    if draw(st.integers(0, 3)) == 0:
        index = draw(
            st.sampled_from([[names[-1]], ["gone"], [{"kind": "range", "start": 0, "stop": 1}], 5, [None], {}])
        )
        notes = draw(st.sampled_from([json.dumps({"index_columns": index, "columns": []}), "{", "[]", '"x"', ""]))
        schema = schema.with_metadata({"pandas": notes})
    buffer = io.BytesIO()
    how = {
        "compression": draw(st.sampled_from(COMPRESSIONS)),
        "row_group_size": draw(st.sampled_from([1, 7, 1000])),
        "use_dictionary": draw(st.booleans()),
        "data_page_version": draw(st.sampled_from(["1.0", "2.0"])),
        "version": draw(st.sampled_from(["1.0", "2.6"])),
        "store_schema": draw(st.booleans()),
    }
    try:
        pyarrow.parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), buffer, **how)
    except pa.ArrowException:  # old versions of the format do not have every type
        reject()
    return buffer.getvalue()


def _text(cell: Any) -> str:
    return str(cell).encode("utf-8", "replace").decode()


FILES: dict[str, Callable[[], st.SearchStrategy[bytes]]] = {
    "csv": csv_files,
    "jsonl": json_files,
    "parquet": parquet_files,
}
