"""One column of one batch as numbers and as text: the rules for what a single cell means."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MISSING = ("", "NA", "NaN", "nan", "null", "NULL")
"""Texts that mean no value, after white space around them is gone; quoted or not."""

NUMBER = r"^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|(?i:inf|infinity))$"
"""What Arrow's cast takes for a number, spelled out to tell which of many cells it would refuse."""


@dataclass(frozen=True, slots=True)
class Cells:
    """``numbers`` is float64 (rows,), NaN where a cell is missing or no number; ``missing`` is bool (rows,)."""

    numbers: npt.NDArray[np.float64]
    missing: npt.NDArray[np.bool_]
    _values: pa.Array

    def text(self) -> pa.Array:
        """The cells as strings, null where missing. Whole numbers have no point: 1.0 is "1"."""
        values = self._values
        if pa.types.is_floating(values.type):
            values = pc.if_else(pa.array(self.missing), None, values)
        return values.cast(pa.string())

    @classmethod
    def of(cls, values: pa.Array) -> "Cells | None":
        """Reads a column of any Arrow type; ``None`` for lists, structures, binary data and other such types."""
        readable = as_readable(values)
        if readable is None:
            return None
        return cls._of_text(readable) if pa.types.is_string(readable.type) else cls._of_numbers(readable)

    @classmethod
    def _of_numbers(cls, values: pa.Array) -> "Cells":
        numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return cls(numbers=numbers, missing=np.isnan(numbers), _values=values)

    @classmethod
    def _of_text(cls, values: pa.Array) -> "Cells":
        trimmed = pc.utf8_trim_whitespace(values)
        text = pc.if_else(pc.is_in(trimmed, value_set=pa.array(MISSING)), None, trimmed)
        return cls(
            numbers=_numbers_in(text).to_numpy(zero_copy_only=False),
            missing=text.is_null().to_numpy(zero_copy_only=False),
            _values=text,
        )


def as_readable(values: pa.Array) -> pa.Array | None:
    """The column as numbers or as strings; ``None`` if it is of a type that cannot be used."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return as_readable(values.dictionary_decode())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return values
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp(kind.unit))
    return values.cast(pa.string()) if _reads_as_text(kind) else None


def _reads_as_text(kind: pa.DataType) -> bool:
    is_text: bool = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    is_time: bool = pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind)
    is_other: bool = pa.types.is_boolean(kind) or pa.types.is_null(kind)
    return is_text or is_time or is_other


def _numbers_in(text: pa.Array) -> pa.Array:
    """float64, null where the text is no number."""
    try:
        return text.cast(pa.float64())
    except pa.ArrowInvalid:
        return pc.if_else(pc.match_substring_regex(text, NUMBER), text, None).cast(pa.float64())
