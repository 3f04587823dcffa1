"""Canonical form of a table's cells, for data that are compiled and for predictions."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_letters
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.cells.cell_forms import MONEY
from trainyard_spec.datasets import NumberForm

MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NAN", "-NaN", "-nan", "NaT"),
    *("null", "NULL", "Null", "(null)", "(NULL)", "[NULL]", "<null>", "\\N"),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"),
    *("1.#QNAN", "-1.#QNAN", "1.#IND", "-1.#IND"),
)
"""Texts that mean no value, after white space around them is gone; quoted or not."""

FLAGS = {"0": False, "1": True, "false": False, "true": True}
"""What a column of yes or no holds, in canonical form."""
BETWEEN = "\x1f"
"""What separates the names of a list that has become a text: ASCII's unit separator."""
MOST_NESTED = 8
"""Objects within objects whose cells become columns."""
BLANKS = (
    *("None", "none", "NONE", "na", "-", "--", "–", "—", "?", ".", ".."),
    *(f".{letter}" for letter in ascii_letters + "_"),
    *(f"{money}{gap}-" for money in MONEY for gap in ("", " ")),
    *(f"-{gap}{money}" for money in MONEY for gap in ("", " ")),
)
"""Texts that mean no value in a column of numbers, and that may be a name in another; the later ones are those of SAS
and Stata, and of the accounts of spreadsheets."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One column of one batch. ``missing`` is bool (rows,); ``shown`` are the cells as they stand in a file of text."""

    missing: npt.NDArray[np.bool_]
    shown: pa.Array
    _values: pa.Array
    """Numbers, times, or strings, null where missing."""

    def text(self) -> pa.Array:
        """The cells as strings, null where missing: whole numbers without a point, booleans in lower case, in NFC."""
        values = self._values
        if pa.types.is_string(values.type):
            return canonical(values)
        if pa.types.is_floating(values.type):
            values = pc.if_else(pa.array(self.missing), None, values)
        return canonical(values.cast(pa.string()))

    def read(self, form: NumberForm) -> npt.NDArray[np.float64]:
        """float64 (rows,), NaN where a cell is missing or is not spelled in ``form``."""
        values = self._values
        if pa.types.is_string(values.type):
            return cell_forms.read(values, form)
        if pa.types.is_temporal(values.type):
            typed = typed_form(values.type)
            return seconds_of(values) if form == typed else np.full(len(values), np.nan)
        if form in cell_forms.TIMES:
            return np.full(len(values), np.nan)
        numbers: npt.NDArray[np.float64] = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return numbers

    @property
    def numbers(self) -> npt.NDArray[np.float64]:
        """float64 (rows,), NaN where a cell is missing or no number."""
        return self.read("number")

    @property
    def blank(self) -> npt.NDArray[np.bool_]:
        """bool (rows,): which cells hold a text that means no value in a column of numbers alone."""
        if not pa.types.is_string(self._values.type):
            return np.zeros(len(self._values), dtype=np.bool_)
        found: npt.NDArray[np.bool_] = pc.is_in(self._values, value_set=pa.array(BLANKS)).to_numpy(zero_copy_only=False)
        return found

    @classmethod
    def of(cls, values: pa.Array) -> "Cells | None":
        """Reads a column of any Arrow type; ``None`` for lists, structures, binary data and other such types."""
        readable = as_readable(values)
        if readable is None:
            return None
        if not pa.types.is_string(readable.type):
            missing = pc.is_null(readable, nan_is_null=True).to_numpy(zero_copy_only=False)
            return cls(missing=missing, shown=pa.nulls(len(readable), pa.string()), _values=readable)
        trimmed = _unwrapped(pc.utf8_trim_whitespace(readable))
        text = pc.if_else(pc.is_in(trimmed, value_set=pa.array(MISSING)), None, trimmed)
        return cls(missing=text.is_null().to_numpy(zero_copy_only=False), shown=trimmed, _values=text)


def _unwrapped(texts: pa.Array) -> pa.Array:
    """Without the formula by which exports keep Excel from reading a text as a number: ``="007"`` is 007."""
    if not pc.any(pc.starts_with(texts, '="')).as_py():
        return texts
    return pc.replace_substring_regex(texts, r'^="([^"]*)"$', r"\1")


def joined(values: pa.Array) -> pa.Array | None:
    """Lists of names as one text each, in canonical form with ``BETWEEN`` between them, null where there is no list.

    ``None`` for a column of anything else, and of lists of what is no name.
    """
    if not _is_list(values.type):
        return None
    lists = values.cast(pa.list_(values.type.value_type))
    cells = None if pa.types.is_temporal(lists.type.value_type) else Cells.of(lists.values)
    if cells is None:
        return None
    names = pc.replace_substring(pc.fill_null(cells.text(), ""), BETWEEN, " ")
    texts = pc.binary_join(pa.ListArray.from_arrays(lists.offsets, names), BETWEEN)
    return pc.if_else(values.is_null(), None, texts)


def _is_list(kind: pa.DataType) -> bool:
    found: bool = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return found


def canonical(texts: pa.Array) -> pa.Array:
    """Texts in the one form in which they are compared."""
    if pc.any(pc.not_equal(pc.binary_length(texts), pc.utf8_length(texts))).as_py():
        texts = pc.utf8_normalize(texts, form="NFC")
    whole = pc.replace_substring_regex(texts, r"^([-+]?\d+)\.0*$", r"\1")
    return pc.if_else(pc.match_substring_regex(whole, "^(?i:true|false)$"), pc.utf8_lower(whole), whole)


def as_readable(values: pa.Array) -> pa.Array | None:
    """The column as numbers, as times or as strings; ``None`` if it is of a type that cannot be used."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return as_readable(values.dictionary_decode())
    if pa.types.is_float16(kind):
        return values.cast(pa.float32())
    if pa.types.is_duration(kind):
        return pa.array(seconds_of(values), mask=values.is_null().to_numpy(zero_copy_only=False))
    if pa.types.is_timestamp(kind) and kind.tz:
        return values.cast(pa.timestamp(kind.unit))
    if pa.types.is_string(kind) or _is_number(kind) or pa.types.is_temporal(kind):
        return values if typed_form(kind) or not pa.types.is_temporal(kind) else None
    return values.cast(pa.string()) if _reads_as_text(kind) else None


def typed_form(kind: pa.DataType) -> NumberForm | None:
    """The form of a column of Arrow's dates and times; ``None`` for another type."""
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "datetime"
    return "time_of_day" if pa.types.is_time(kind) else None


def seconds_of(values: pa.Array) -> npt.NDArray[np.float64]:
    """Arrow's dates, times and durations as seconds, float64 (rows,), NaN where null."""
    kind = values.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        # To the microsecond, as of texts.
        values = values.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False)
        kind = values.type
    units = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
    width = pa.int32() if pa.types.is_time32(kind) else pa.int64()
    counted: npt.NDArray[np.float64] = (
        values.cast(width).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False) / units[kind.unit]
    )
    return counted


def kind_of(values: pa.Array) -> str:
    """What a column holds that ``as_readable`` cannot use, as a sentence calls it."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return kind_of(values.dictionary)
    if pa.types.is_map(kind) or pa.types.is_struct(kind):
        return "objects"
    if pa.types.is_temporal(kind):
        return "calendar intervals"
    return "lists" if pa.types.is_nested(kind) else "binary data"


def flat(row: Mapping[str, Any], *, kept: Collection[str] = (), depth: int = MOST_NESTED) -> dict[str, Any]:
    """``row`` with what its objects hold under names such as ``user.age``; ``kept`` are keys that stay as they are.

    Objects without keys, those keyed by numbers alone, which are lists by place, and deeper ones stay objects.
    """
    found: dict[str, Any] = {}
    for key, value in row.items():
        if depth and key not in kept and isinstance(value, dict) and not all(map(str.isdecimal, value)):
            for inner, cell in flat(value, depth=depth - 1).items():
                found.setdefault(f"{key}.{inner}", cell)
        else:
            found[key] = value
    return found


def read_json(cells: Sequence[Any], form: NumberForm) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Cells of JSON in a column of numbers, each by itself: float64 (cells,), NaN where missing, and which are none."""
    texts = Cells.of(pa.array([_unicode(cell) if isinstance(cell, str) else None for cell in cells], pa.string()))
    assert texts is not None  # noqa: S101  strings are readable
    numbers = texts.read(form)
    unreadable = np.isnan(numbers) & ~texts.missing & ~texts.blank
    for place, cell in enumerate(cells):
        if cell is None or isinstance(cell, str):
            continue
        is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
        unreadable[place] = not is_number or (form in cell_forms.TIMES and cell == cell)
        if is_number:
            numbers[place] = _float(cell)
    return numbers, unreadable


def texts_of_json(cells: Sequence[Any]) -> list[str | None]:
    """Cells of JSON in a column of categories or names, each by itself, ``None`` where missing."""
    found = Cells.of(pa.array([_unicode(text) if (text := _as_text(cell)) else None for cell in cells], pa.string()))
    assert found is not None  # noqa: S101  strings are readable
    listed: list[str | None] = found.text().to_pylist()
    return listed


def of_json(values: Sequence[Any]) -> pa.Array:
    """A column of what JSON can hold. Kinds mixed in one column become text, and so does what no column can hold.

    Nothing but lists of texts, numbers and the like are lists of texts. Where other lists or objects stand among them,
    it is an array of lists of lists or of structures, null at all other cells.
    """
    nested = next((value for value in values if isinstance(value, dict | list)), None)
    if nested is not None:
        if all(value is None or _is_flat(value) for value in values):
            return pa.array([value and [*map(_as_text, value)] for value in values], pa.list_(pa.string()))
        kind = pa.list_(pa.list_(pa.null())) if isinstance(nested, list) else pa.struct([])
        return pa.array([type(nested)() if isinstance(value, dict | list) else None for value in values], kind)
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([_as_text(value) for value in values], pa.string())


def _is_flat(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _as_text(value: Any) -> str | None:
    """As a column of this type alone would be written: kinds mixed in one column are compared as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict | list):
        return json.dumps(value)
    text: str = pa.scalar(value).cast(pa.string()).as_py()
    return text


def _unicode(text: str) -> str:
    """Half a character, which JSON can spell and no column can hold, becomes a question mark."""
    return text.encode(errors="replace").decode()


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return np.inf if number > 0 else -np.inf


def _is_number(kind: pa.DataType) -> bool:
    found: bool = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return found


def _reads_as_text(kind: pa.DataType) -> bool:
    is_text: bool = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return is_text or pa.types.is_boolean(kind) or pa.types.is_null(kind)
