"""Warnings about steps that a model of series did not know or did not read."""

from collections.abc import Sequence

import numpy as np

from trainyard_engine.core.coverage import Coverage, NumericCoverage
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.modalities.inputs import Array
from trainyard_engine.modalities.series.inputs import InputSeries
from trainyard_engine.modalities.tabular.input_warnings import note_far, note_left_out
from trainyard_spec.datasets import SeriesProfile
from trainyard_spec.engine_protocol import PredictionWarningCode
from trainyard_spec.names import column_name


def note_unknown_steps(inputs: Sequence[InputSeries], profile: SeriesProfile, coverage: Coverage, notes: Notes) -> None:
    """Notes, once for each column, what the steps of each input hold or lack; rows are numbered from 0."""
    left_out = {column_name(name) for name in profile.dropped}
    for index, steps in enumerate(inputs):
        note_left_out(sorted(steps.columns & left_out), index, notes)
        for channel, known, values in zip(profile.channels, coverage.numeric, steps.values.T, strict=True):
            if column_name(channel.name) not in steps.columns:
                message = f"The rows lack the column {channel.name}, on which the model was trained."
                notes.add(index, PredictionWarningCode.COLUMN_MISSING, message, column=channel.name)
            else:
                _note_channel(channel.name, known, values, steps.rows, index, notes)


def note_cut(inputs: Sequence[InputSeries], most: int, notes: Notes) -> None:
    """Notes those that have more steps than the ``most`` that are read."""
    for index, steps in enumerate(inputs):
        if len(steps.rows) > most:
            message = f"The series has {len(steps.rows):,} steps, of which the first {most:,} are read."
            notes.add(index, PredictionWarningCode.TRUNCATED, message)


def _note_channel(name: str, known: NumericCoverage, values: Array, rows: Array, index: int, notes: Notes) -> None:
    missing = np.flatnonzero(np.isnan(values))
    if len(missing) and not known.missing:
        message = f"The column {name} has no value{_where(rows[missing])}, and in training it always had one."
        notes.add(index, PredictionWarningCode.MISSING_VALUE, message, column=name)
    far = np.flatnonzero(known.is_far(values))
    if len(far):
        first = far[rows[far].argmin()]
        note_far(name, known, values[first], index, notes, where=_where(rows[far]))


def _where(rows: Array) -> str:
    others = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    return f" in row {rows.min()}{others}"
