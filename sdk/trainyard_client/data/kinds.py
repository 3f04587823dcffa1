"""Tells what somebody handed over, without importing the library that made it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def is_frame(value: Any) -> bool:
    """A pandas DataFrame."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def is_array(value: Any) -> bool:
    """A NumPy array."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def is_image(value: Any) -> bool:
    """A Pillow image."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(value, pillow.Image)


def is_file(value: Any) -> bool:
    """The name of a file."""
    return isinstance(value, str | Path)


def are_images(value: Any) -> bool:
    """Several pictures: a list of Pillow images, or an array of them (N × height × width, with channels or without)."""
    if is_array(value):
        return value.ndim in (3, 4)
    return is_list(value) and len(value) > 0 and all(is_image(each) for each in value)


def are_texts(value: Any) -> bool:
    """Several texts."""
    return is_list(value) and len(value) > 0 and all(isinstance(each, str) for each in value)


def is_list(value: Any) -> bool:
    """A sequence that is no text."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def is_columns(value: Any) -> bool:
    """A table as a dictionary of columns."""
    return isinstance(value, Mapping)
