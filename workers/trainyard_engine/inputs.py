"""What a client sends to be predicted, as the arrays a compiled dataset would hold."""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.base64_text import DATA_URL, decoded
from trainyard_engine.data.coverage import MISSING, NEVER_SEEN
from trainyard_engine.data.ragged import padded
from trainyard_engine.data.tokenizer import TextTokenizer
from trainyard_engine.faults import EngineFault, invalid_input
from trainyard_engine.images import KINDS, UnreadableImage, to_pixels, without_warnings
from trainyard_spec.datasets import CategoricalColumn, ImageProfile, NumericColumn, TableProfile
from trainyard_spec.names import column_name, near_name

MISSING_TEXTS = frozenset({"", "NA", "NaN", "nan", "null", "NULL"})
"""Texts that mean no value, as in compiled tables."""

LARGEST_NUMBER = float(np.finfo(np.float32).max)

Array = npt.NDArray[Any]


def encode_images(inputs: Sequence[Any], profile: ImageProfile) -> Array:
    """uint8 (inputs, channels, height, width) of base64 texts, as a compiled dataset would hold them.

    Raises ``EngineFault`` naming the first bad input by its index from 0.
    """
    with without_warnings():
        return np.stack([_image(value, index, profile) for index, value in enumerate(inputs)])


def encode_rows(inputs: Sequence[Any], profile: TableProfile) -> tuple[Array, Array]:
    """Numeric float64 and categorical int32 columns of objects, as a compiled dataset would hold them.

    Raises ``EngineFault`` naming the first bad input by its index from 0.
    """
    names = [column.name for column in profile.columns]
    also_known = {profile.target, *profile.dropped, *profile.split_by.values()}
    rows = [checked_row(value, index, names, also_known) for index, value in enumerate(inputs)]
    numeric = [column for column in profile.columns if isinstance(column, NumericColumn)]
    categorical = [column for column in profile.columns if isinstance(column, CategoricalColumn)]
    return numeric_array(rows, numeric), _categorical_array(rows, categorical)


def encode_texts(inputs: Sequence[Any], tokenizer: TextTokenizer) -> Array:
    """Token ids of ``inputs``, int32 (inputs, longest), padded. Raises ``EngineFault`` as the others do."""
    for index, value in enumerate(inputs):
        if not isinstance(value, str):
            raise bad_input(index, "is not a text")
        if not value.strip():
            raise bad_input(index, "is empty: it holds no sign that is not white space")
        check_unicode(value, index)
    ids, lengths = tokenizer.encode(inputs)
    return padded(ids, np.cumsum(lengths) - lengths, lengths)


def check_unicode(text: str, index: int) -> None:
    """Raises ``EngineFault`` for half a surrogate pair, which JSON can spell."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise bad_input(index, "is not Unicode text: it holds half a character")


def content_of(value: Any, index: int, what: str) -> bytes:
    """The bytes of base64 text; ``what`` is what they should be. Raises ``EngineFault`` naming the input."""
    hint = f"Send the bytes of the file as base64 text, bare or as a data URL: {DATA_URL}…"
    if not isinstance(value, str):
        raise bad_input(index, f"is not base64 text of {what}", hint=hint)
    try:
        return decoded(value)
    except ValueError as error:
        raise bad_input(index, f"is not base64 text of {what}: {error}", hint=hint) from error


def _image(value: Any, index: int, profile: ImageProfile) -> Array:
    content = content_of(value, index, f"a {KINDS} image")
    try:
        return to_pixels(content, channels=profile.channels, height=profile.height, width=profile.width)
    except UnreadableImage as error:
        raise bad_input(index, f"is not a readable {KINDS} image: {error}") from error


def checked_row(
    value: Any, index: int, names: Sequence[str], also_known: Collection[str], *, row: int | None = None
) -> Mapping[str, Any]:
    """A column that is absent counts as missing; one that the table never had is an error, for it may be a typo."""
    if not isinstance(value, Mapping):
        raise bad_input(index, "is not an object of column names and values", row=row)
    known = _by_form(tuple(names))
    cells = {column_name(str(name)): cell for name, cell in value.items()}
    unknown = cells.keys() - known.keys() - set(map(column_name, also_known))
    if unknown:
        name = min(unknown)
        near = near_name(name, names)
        hint = f"Did you mean {near}?" if near else f"Columns: {', '.join(names)}."
        problem = f"has a column {name} that the model was not trained on"
        raise bad_input(index, problem, hint=hint, column=name, row=row)
    return {known.get(form, form): cell for form, cell in cells.items()}


@lru_cache(maxsize=8)
def _by_form(names: tuple[str, ...]) -> dict[str, str]:
    """The names of columns by the form in which they are compared: older models have them as they were written."""
    return {column_name(name): name for name in names}


def numeric_array(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[NumericColumn], *, index: int | None = None
) -> Array:
    """float64 (rows, columns); each row is an input of its own, or a step of the one at ``index``."""
    places = [(number, None) if index is None else (index, number) for number in range(len(rows))]
    values = [
        [_number(row.get(c.name), c.name, *place) for c in columns] for row, place in zip(rows, places, strict=True)
    ]
    return np.array(values, dtype=np.float64).reshape(len(rows), len(columns))


def _number(value: Any, column: str, index: int, row: int | None) -> float:
    if is_missing(value):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if isinstance(value, bool) or abs(number) > LARGEST_NUMBER:
        raise bad_input(index, f"has {value!r} in column {column}, which is not a number", column=column, row=row)
    return number


def _categorical_array(rows: Sequence[Mapping[str, Any]], columns: Sequence[CategoricalColumn]) -> Array:
    """int32 (rows, columns): the places of categories, or ``MISSING`` or ``NEVER_SEEN``."""
    codes = [{category: code for code, category in enumerate(column.categories)} for column in columns]
    known = [(column.name, code) for column, code in zip(columns, codes, strict=True)]
    values = [[_code(row.get(name), code) for name, code in known] for row in rows]
    return np.array(values, dtype=np.int32).reshape(len(rows), len(columns))


def _code(value: Any, codes: Mapping[str, int]) -> int:
    unknown = MISSING if is_missing(value) else NEVER_SEEN
    return codes.get(category_text(value), unknown)


def is_missing(value: Any) -> bool:
    """Whether a cell of a row means no value."""
    return value is None or (isinstance(value, str) and value.strip() in MISSING_TEXTS)


def category_text(value: Any) -> str:
    """A category as a compiled table spells it: booleans in lower case, whole numbers without a point."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def bad_input(
    index: int, problem: str, *, hint: str = "", column: str | None = None, row: int | None = None
) -> EngineFault:
    """The fault of the input at ``index``, or of one of its rows; ``problem`` is what follows its name in a sentence.

    All are numbered from 0.
    """
    name = f"Input {index}" if row is None else f"Input {index}, row {row},"
    field = ".".join(str(part) for part in ("inputs", index, row, column) if part is not None)
    return invalid_input(f"{name} {problem}.", code="invalid_input", hint=hint, field=field)
