"""Distributions of a table's columns: histograms of numbers, counts of categories."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_spec.datasets import AnyColumn, CompiledDataset, TableProfile

BINS = 20
CATEGORIES = 12
COLUMNS = 50
MOST_ROWS = 200_000


def distributions(dataset: CompiledDataset, directory: Path) -> list[dict[str, Any]]:
    """Distributions of the first columns of a table, and of a number to predict, as JSON; of other data none."""
    profile = dataset.profile
    if not isinstance(profile, TableProfile):
        return []
    rows = np.unique(np.linspace(0, dataset.rows - 1, min(dataset.rows, MOST_ROWS)).astype(np.intp))
    places = {"numeric": 0, "categorical": 0}
    found = []
    for column in profile.columns[:COLUMNS]:
        place = places[column.kind]
        places[column.kind] += 1
        found.append(_of(column, _array(directory, column.kind)[rows, place]))
    if not dataset.classes and not profile.targets:
        found.append(_numbers(profile.target, _array(directory, "target")[rows], missing=0))
    return found


def _of(column: AnyColumn, values: npt.NDArray[Any]) -> dict[str, Any]:
    if column.kind == "numeric":
        return _numbers(column.name, values, missing=column.missing, form=column.form)
    counts = np.bincount(values[values >= 0], minlength=len(column.categories))
    order = np.argsort(-counts, kind="stable")[:CATEGORIES].tolist()
    shown = [{"name": column.categories[place], "rows": int(counts[place])} for place in order]
    return {
        "name": column.name,
        "kind": "categorical",
        "form": "category",
        "missing": column.missing,
        "histogram": None,
        "categories": shown,
        "categories_omitted": max(len(column.categories) - CATEGORIES, 0),
    }


def _numbers(name: str, values: npt.NDArray[Any], *, missing: int, form: str = "number") -> dict[str, Any]:
    """A few values far away share the bins at the ends, so that the others can be told apart."""
    finite = values[np.isfinite(values)].astype(np.float64)
    histogram = None
    if len(finite):
        low, high = np.quantile(finite, (0.005, 0.995)) if len(finite) >= 200 else (finite.min(), finite.max())
        counts, edges = np.histogram(np.clip(finite, low, high), bins=BINS if high > low else 1)
        histogram = {"edges": edges.tolist(), "counts": counts.tolist()}
    return {
        "name": name,
        "kind": "numeric",
        "form": form,
        "missing": missing,
        "histogram": histogram,
        "categories": [],
        "categories_omitted": 0,
    }


def _array(directory: Path, name: str) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array
