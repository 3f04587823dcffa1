"""Inputs of a prediction, as the arrays that a compiled dataset would hold."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_common.did_you_mean import did_you_mean
from trainyard_engine.core.base64_text import DATA_URL, decoded
from trainyard_engine.core.coverage import MISSING, NEVER_SEEN
from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.core.prediction_notes import quoted
from trainyard_engine.core.ragged import padded
from trainyard_engine.ingest.cells.canonical_cells import MISSING as MISSING_CELLS
from trainyard_engine.ingest.cells.canonical_cells import flat, read_json, texts_of_json
from trainyard_engine.ingest.cells.cell_forms import KINDS as KINDS_OF_NUMBERS
from trainyard_engine.ingest.tables.row_index import is_unnamed_index
from trainyard_engine.modalities.image.decode import KINDS, UnreadableImage, to_pixels, without_warnings
from trainyard_engine.modalities.text.tokenizer import PADDING, Reader
from trainyard_spec.datasets import CategoricalColumn, ImageProfile, NumericColumn, TableProfile
from trainyard_spec.names import column_name

MISSING_TEXTS = frozenset(MISSING_CELLS)
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

    Raises ``EngineFault`` naming a bad input by its index from 0: the first that is no row of these columns, else the
    first with a cell that is no number, else one with a cell that is no name.
    """
    names = [column.name for column in profile.columns]
    also_known = {profile.target, *profile.targets, *profile.dropped, *profile.split_by.values()}
    rows = [checked_row(value, index, names, also_known) for index, value in enumerate(inputs)]
    numeric = [column for column in profile.columns if isinstance(column, NumericColumn)]
    categorical = [column for column in profile.columns if isinstance(column, CategoricalColumn)]
    return numeric_array(rows, numeric), _categorical_array(rows, categorical)


def encode_texts(inputs: Sequence[Any], tokenizer: Reader, *, padding: int = PADDING) -> Array:
    """Token ids of ``inputs``, int32 (inputs, longest), with ``padding``. Raises ``EngineFault`` as the others do."""
    for index, value in enumerate(inputs):
        check_text(value, index)
    ids, lengths = tokenizer.encode(inputs)
    return padded(ids, np.cumsum(lengths) - lengths, lengths, padding=padding)


def check_text(value: Any, index: int, *, column: str | None = None) -> None:
    """Raises ``EngineFault`` unless ``value``, which an input has under ``column``, is a text with something in it."""
    what = f"has a {column} that " if column else ""
    if not isinstance(value, str):
        raise bad_input(index, f"{what}is not a text", column=column)
    if not value.strip():
        raise bad_input(index, f"{what}is empty: it holds no sign that is not white space", column=column)
    check_unicode(value, index)


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
    cells = flat({column_name(str(name)): cell for name, cell in value.items()}, kept={*known, *also_known})
    cells = {column_name(name): cell for name, cell in cells.items()}
    unknown = cells.keys() - known.keys() - set(map(column_name, also_known))
    # Rows of a file that pandas or R wrote bring its index along, as the dataset did or not.
    unknown = {name for name in unknown if name and not is_unnamed_index(name)}
    if unknown:
        name = min(unknown)
        hint = did_you_mean(name, names, otherwise=f"Columns: {', '.join(names)}.")
        problem = f"has a column {quoted(name)} that the model was not trained on"
        raise bad_input(index, problem, hint=hint, column=quoted(name), row=row)
    return {known.get(form, form): cell for form, cell in cells.items()}


@lru_cache(maxsize=8)
def _by_form(names: tuple[str, ...]) -> dict[str, str]:
    """The names of columns by the form in which they are compared: older models have them as they were written."""
    return {column_name(name): name for name in names}


def numeric_array(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[NumericColumn], *, index: int | None = None
) -> Array:
    """float64 (rows, columns); each row is an input of its own, or a step of the one at ``index``."""
    numbers = np.empty((len(rows), len(columns)))
    wrong = np.zeros(numbers.shape, dtype=np.bool_)
    for place, column in enumerate(columns):
        cells = [row.get(column.name) for row in rows]
        numbers[:, place], unreadable = read_json(cells, column.form)
        wrong[:, place] = unreadable | (np.abs(numbers[:, place]) > LARGEST_NUMBER)
    for row, place in np.argwhere(wrong).tolist():
        column = columns[place]
        kind = KINDS_OF_NUMBERS[column.form]
        problem = f"has {_quoted(rows[row][column.name])} in column {column.name}, which is not {kind}"
        at, step = (row, None) if index is None else (index, row)
        raise bad_input(at, problem, column=column.name, row=step)
    return numbers


def _quoted(cell: Any) -> str:
    text = repr(cell) if not isinstance(cell, int) or abs(cell) < LARGEST_NUMBER else "a number beyond ±3.4e38"
    return quoted(text)


def _categorical_array(rows: Sequence[Mapping[str, Any]], columns: Sequence[CategoricalColumn]) -> Array:
    """int32 (rows, columns): the places of categories, or ``MISSING`` or ``NEVER_SEEN``."""
    codes = np.empty((len(rows), len(columns)), dtype=np.int32)
    for place, column in enumerate(columns):
        cells = [row.get(column.name) for row in rows]
        for index, cell in enumerate(cells):
            if isinstance(cell, dict | list):
                kind = "a list" if isinstance(cell, list) else "an object"
                raise bad_input(index, f"has {kind} in column {column.name}, which holds names", column=column.name)
        codes[:, place] = _codes(cells, column.categories)
    return codes


def _codes(cells: Sequence[Any], categories: tuple[str, ...]) -> list[int]:
    """The place of each cell among ``categories``, or ``MISSING`` or ``NEVER_SEEN``."""
    by_text, by_number = _places(categories)
    return [
        MISSING if text is None else by_text.get(text, by_number.get(_number(cell), NEVER_SEEN))
        for text, cell in zip(texts_of_json(cells), cells, strict=True)
    ]


def _number(cell: Any) -> float | None:
    """What JSON holds as a number."""
    return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None


@lru_cache(maxsize=1024)
def _places(categories: tuple[str, ...]) -> tuple[dict[str, int], dict[float | None, int]]:
    """Categories by the form in which they are compared, and those that alone spell a number by that number."""
    texts = texts_of_json(categories)
    by_text = {text: place for place, text in enumerate(texts) if text is not None}
    numbers, _ = read_json(categories, "number")
    counted = Counter(numbers.tolist())
    return by_text, {number: place for place, number in enumerate(numbers.tolist()) if counted[number] == 1}


def category_text(value: Any) -> str:
    """A category or a name as a compiled table spells it: booleans in lower case, whole numbers without a point."""
    return texts_of_json([value])[0] or ""


def bad_input(
    index: int, problem: str, *, hint: str = "", column: str | None = None, row: int | None = None
) -> EngineFault:
    """The fault of the input at ``index``, or of one of its rows; ``problem`` is what follows its name in a sentence.

    All are numbered from 0.
    """
    name = f"Input {index}" if row is None else f"Input {index}, row {row},"
    field = ".".join(str(part) for part in ("inputs", index, row, column) if part is not None)
    return invalid_input(f"{name} {problem}.", code="invalid_input", hint=hint, field=field)
