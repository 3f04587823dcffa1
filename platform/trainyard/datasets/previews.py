"""A glance at a compiled dataset, made once when it becomes ready: the first rows of a table, or a few images."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from trainyard_spec.datasets import CategoricalColumn, CompiledDataset, TableProfile

ROWS = 20
COLUMNS = 50
IMAGES = 12
LARGEST_SIDE = 96


def build(dataset: CompiledDataset, directory: Path) -> bytes:
    """The preview of the dataset in ``directory``, as JSON: ``{"rows": […], "images": […]}``."""
    preview: dict[str, Any] = {"rows": [], "images": []}
    builder = BUILDERS.get(dataset.profile.kind)
    if builder is not None:
        preview |= builder(dataset, directory)
    return json.dumps(preview).encode()


def _images(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    images, target = _array(directory, "images"), _array(directory, "target")
    # Evenly over all of them: images of one class often lie together.
    shown = np.unique(np.linspace(0, len(images) - 1, IMAGES).astype(int))
    return {"images": [{"label": dataset.classes[target[index]], "png": _png(images[index])} for index in shown]}


def _png(pixels: npt.NDArray[Any]) -> str:
    """``pixels`` is uint8 (channels, height, width)."""
    array = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    image = Image.fromarray(np.ascontiguousarray(array))
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def _rows(dataset: CompiledDataset, directory: Path) -> dict[str, Any]:
    profile = dataset.profile
    assert isinstance(profile, TableProfile)  # noqa: S101  as its kind says
    numeric, categorical, target = (_array(directory, name)[:ROWS] for name in ("numeric", "categorical", "target"))
    rows: list[dict[str, Any]] = [{} for _ in target]
    places = {"numeric": 0, "categorical": 0}
    for column in profile.columns[:COLUMNS]:
        place = places[column.kind]
        places[column.kind] += 1
        stored = numeric if column.kind == "numeric" else categorical
        for row, value in zip(rows, stored[:, place].tolist(), strict=True):
            row[column.name] = _value(column, value)
    for row, value in zip(rows, target.tolist(), strict=True):
        row[profile.target] = dataset.classes[value] if dataset.classes else value
    return {"rows": rows}


def _value(column: Any, stored: float | int) -> Any:
    if isinstance(column, CategoricalColumn):
        return column.categories[int(stored)] if stored >= 0 else None
    return None if np.isnan(stored) else stored


def _array(directory: Path, name: str) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array


BUILDERS: dict[str, Callable[[CompiledDataset, Path], dict[str, Any]]] = {
    "images": _images,
    "table": _rows,
}
"""By the kind of profile; another kind has an empty preview."""
