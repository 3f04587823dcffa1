"""Warnings about values of a row that a model of a table did not know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from trainyard_engine.core.coverage import MISSING, Coverage, NumericCoverage
from trainyard_engine.core.prediction_notes import Notes, quoted
from trainyard_engine.modalities.inputs import Array
from trainyard_spec.datasets import CategoricalColumn, NumericColumn, TableProfile
from trainyard_spec.engine_protocol import PredictionWarningCode
from trainyard_spec.names import column_name

Cells = Mapping[str, Any]
"""Of a row, by the form of its columns' names in which these are compared."""


def note_unknown_cells(
    inputs: Sequence[Mapping[str, Any]],
    encoded: tuple[Array, Array],
    profile: TableProfile,
    coverage: Coverage,
    notes: Notes,
) -> None:
    """Notes what the rows ``inputs``, which are ``encoded`` as numeric and categorical columns, hold or lack."""
    cells = [{column_name(str(name)): cell for name, cell in row.items()} for row in inputs]
    left_out = {column_name(name) for name in profile.dropped}
    for index, row in enumerate(cells):
        note_left_out(sorted(row.keys() & left_out), index, notes)
    numeric = [column.name for column in profile.columns if isinstance(column, NumericColumn)]
    categorical = [column.name for column in profile.columns if isinstance(column, CategoricalColumn)]
    for name, counts, codes in zip(categorical, coverage.categorical, encoded[1].T, strict=True):
        _note_categories(name, counts, codes, cells, notes)
    for name, known, values in zip(numeric, coverage.numeric, encoded[0].T, strict=True):
        _note_numbers(name, known, values, cells, notes)


def note_left_out(names: Iterable[str], index: int, notes: Notes) -> None:
    """Notes that for the input at ``index`` the model does not use the columns ``names``."""
    for name in names:
        message = f"The model does not use the column {quoted(name)}: there was nothing to learn from it."
        notes.add(index, PredictionWarningCode.COLUMN_LEFT_OUT, message, column=name)


def _note_categories(name: str, counts: Sequence[int], codes: Array, cells: Sequence[Cells], notes: Notes) -> None:
    """``counts`` as in ``Coverage``."""
    was_met = np.array(counts)[codes.clip(min=0)] > 0
    for index in np.flatnonzero((codes < 0) | ~was_met).tolist():
        if codes[index] == MISSING:
            _note_missing(name, cells[index], index, counts[-1], notes)
            continue
        value = quoted(str(cells[index][column_name(name)]))
        message = f"Training never met {value} in the column {name}: the answer is the mean over what it met there."
        notes.add(index, PredictionWarningCode.UNKNOWN_CATEGORY, message, column=name)


def _note_numbers(name: str, known: NumericCoverage, values: Array, cells: Sequence[Cells], notes: Notes) -> None:
    for index in np.flatnonzero(np.isnan(values)).tolist():
        _note_missing(name, cells[index], index, known.missing, notes)
    for index in np.flatnonzero(known.is_far(values)).tolist():
        note_far(name, known, values[index], index, notes)


def note_far(name: str, known: NumericCoverage, value: float, index: int, notes: Notes, *, where: str = "") -> None:
    """Notes that in the input at ``index`` the ``value`` in the column ``name`` is far from what training met."""
    message = (
        f"{value:g} in the column {name}{where} is far outside the values in training, "
        f"{known.minimum:g} to {known.maximum:g}."
    )
    notes.add(index, PredictionWarningCode.OUT_OF_RANGE, message, column=name)


def _note_missing(name: str, cells: Cells, index: int, missing_in_training: int, notes: Notes) -> None:
    if column_name(name) not in cells:
        message = f"The row lacks the column {name}, on which the model was trained."
        notes.add(index, PredictionWarningCode.COLUMN_MISSING, message, column=name)
    elif not missing_in_training:
        message = f"The column {name} has no value, and in training it always had one."
        notes.add(index, PredictionWarningCode.MISSING_VALUE, message, column=name)
