"""Inputs of predictions from data frames, arrays, images and files; and the answers in the same form."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from trainyard_client.data import kinds
from trainyard_client.data.uploads import FEATURE, png
from trainyard_client.types import Prediction

ANSWERS = ("label", "value", "tags", "text", "labels", "similarity", "embedding")
"""Where an answer of one thing stands."""


def inputs_of(data: Any) -> list[Any]:
    """What is sent for each row, image, text or file of ``data``."""
    if kinds.is_frame(data):
        names = [str(name) for name in data.columns]
        rows = data.astype(object).where(data.notna(), None).itertuples(index=False, name=None)
        return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
    if kinds.is_array(data) and data.ndim == 2:
        return [{FEATURE.format(i): value for i, value in enumerate(row)} for row in data.tolist()]
    if kinds.is_image(data) or kinds.is_file(data) or isinstance(data, dict | bytes):
        return [_input(data)]
    return [_input(each) for each in data]


def answers_as(data: Any, predictions: Sequence[Prediction]) -> Any:
    """Predictions in the form of ``data``: a frame with its index, an array, or else as they are."""
    if kinds.is_frame(data):
        import pandas

        return pandas.DataFrame([_row(each) for each in predictions], index=data.index)
    if kinds.is_array(data):
        import numpy

        return numpy.array([_answer(each) for each in predictions])
    return list(predictions)


def _input(each: Any) -> Any:
    if kinds.is_image(each) or kinds.is_array(each):
        return base64.b64encode(png(each)).decode()
    if isinstance(each, Path):
        return base64.b64encode(each.read_bytes()).decode()
    return base64.b64encode(each).decode() if isinstance(each, bytes) else each


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if hasattr(value, "item"):
        value = value.item()
    return value.isoformat() if isinstance(value, date | time) else value


def _row(prediction: Prediction) -> dict[str, Any]:
    """``prediction``, and a column for each class's probability or each target's value."""
    values = prediction.get("values")
    if isinstance(values, dict):
        return dict(values)
    row = {"prediction": _answer(prediction)}
    return row | {f"probability_{name}": value for name, value in (prediction.get("probabilities") or {}).items()}


def _answer(prediction: Prediction) -> Any:
    for name in ANSWERS:
        if name in prediction:
            return prediction[name]
    values = prediction.get("values", prediction.get("items"))
    return [*values.values()] if isinstance(values, dict) else values
