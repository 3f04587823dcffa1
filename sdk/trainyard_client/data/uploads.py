"""Turns data frames, arrays, images and texts into a file that the service takes, and tells what can be learnt."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainyard_client.data import kinds

MOST_CLASSES = 20
"""Whole numbers with more different values than these are quantities, not classes."""
TARGET, TEXT = "target", "text"
FEATURE = "x{}"
"""Name of a column of an array."""


@dataclass(frozen=True, slots=True)
class Material:
    """A file to upload, its task and the options that go with it."""

    path: Path
    task: str
    options: Mapping[str, Any] = field(default_factory=dict)


def material(data: Any, *, target: Any, task: str | None, directory: Path) -> Material:
    """``data`` as a file in ``directory``, unless it is one.

    ``target`` is the column to predict; of arrays, images and texts the values themselves. Raises ``TypeError`` and
    ``ValueError`` with a sentence.
    """
    if kinds.is_file(data):
        if task is None:
            raise ValueError("Say which task the file is for, such as task='tabular_classification'.")
        return Material(Path(data), task, {"target": target} if target else {})
    if kinds.is_frame(data):
        return _of_frame(data, target, task, directory)
    if kinds.is_columns(data):
        return _of_table(directory, list(data), zip(*data.values(), strict=True), _column(data, target), target, task)
    if kinds.are_images(data):
        return _of_images(data, _values(target, len(data)), task, directory)
    if kinds.is_array(data) and data.ndim == 2:
        names = [*(FEATURE.format(i) for i in range(data.shape[1])), TARGET]
        values = _values(target, len(data))
        rows = ([*row, value] for row, value in zip(data.tolist(), values, strict=True))
        return _of_table(directory, names, rows, values, TARGET, task)
    if kinds.are_texts(data):
        values = _values(target, len(data))
        rows = ([text, value] for text, value in zip(data, values, strict=True))
        chosen = task or ("text_regression" if is_quantity(values) else "text_classification")
        table = _of_table(directory, [TEXT, TARGET], rows, values, TARGET, chosen)
        return Material(table.path, table.task, {"target": TARGET, "text": TEXT})
    raise TypeError(
        f"{type(data).__name__} is nothing to train on: give a file, a pandas DataFrame, a dictionary of columns, or an"
        " array, images or texts with their targets."
    )


def is_quantity(values: Iterable[Any]) -> bool:
    """Whether a target is a number to be estimated, and not one of some classes."""
    known = [value for value in values if value is not None and value == value]
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
        return False
    return any(value != int(value) for value in known) or len(set(known)) > MOST_CLASSES


def _of_frame(frame: Any, target: Any, task: str | None, directory: Path) -> Material:
    if target not in frame.columns:
        raise ValueError(f"The frame has no column {target!r}; it has {', '.join(map(str, frame.columns))}.")
    chosen = task or _tabular(frame[target].tolist())
    frame = frame.rename(columns=str)
    try:
        path = directory / "table.parquet"
        frame.to_parquet(path, index=False)
    except (ImportError, ValueError, TypeError):  # no Parquet library, or a column of mixed values
        path = directory / "table.csv"
        frame.to_csv(path, index=False)
    return Material(path, chosen, {"target": str(target)})


def _of_table(
    directory: Path, names: Sequence[str], rows: Iterable[Iterable[Any]], values: Sequence[Any], target: str, task: Any
) -> Material:
    path = directory / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)
    return Material(path, task or _tabular(values), {"target": target})


def _of_images(images: Any, values: Sequence[Any], task: str | None, directory: Path) -> Material:
    chosen = task or ("image_regression" if is_quantity(values) else "image_classification")
    path = directory / "images.zip"
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["file", TARGET])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for index, (image, value) in enumerate(zip(images, values, strict=True)):
            name = f"{index:08}.png"
            archive.writestr(name, png(image))
            writer.writerow([name, value])
        archive.writestr("labels.csv", table.getvalue())
    return Material(path, chosen, {"target": TARGET})


def png(image: Any) -> bytes:
    """A Pillow image, or an array of one (``uint8``, or between 0 and 1), as PNG."""
    from PIL import Image

    if kinds.is_array(image):
        if image.dtype.kind == "f":
            image = (image * 255).round()
        if image.ndim == 3 and image.shape[2] == 1:
            image = image[:, :, 0]
        image = Image.fromarray(image.astype("uint8"))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _tabular(values: Iterable[Any]) -> str:
    return "tabular_regression" if is_quantity(values) else "tabular_classification"


def _column(columns: Mapping[str, Sequence[Any]], target: Any) -> Sequence[Any]:
    if target not in columns:
        raise ValueError(f"There is no column {target!r}; there are {', '.join(map(str, columns))}.")
    return columns[target]


def _values(target: Any, rows: int) -> list[Any]:
    if target is None or isinstance(target, str):
        raise ValueError("Give the values to learn as target, one for each row.")
    values = target.tolist() if hasattr(target, "tolist") else list(target)
    if len(values) != rows:
        raise ValueError(f"There are {rows:,} rows and {len(values):,} targets.")
    return values
