"""Provenance: where in the uploaded data an example comes from, and what is written of it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trainyard_engine.core.dataset import OFFSETS, Dataset
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.interactions.item_index import Names

Columns = dict[str, list[Any]]
"""Lines by their columns' names, all of one length."""
Places = Callable[[Rows], Columns]
"""From examples, by number, to the columns that say where they come from; a line or more for each."""
Record = Callable[[int, Columns], None]
"""Takes in what is told of the next so many examples."""


def places_of(dataset: Dataset) -> Places:
    """``row``: that of the upload, from 1 below a header, or of an archive in the order of its files' names.

    ``file`` too where files make the rows.
    """

    def places(rows: Rows) -> Columns:
        columns = {"row": numbers_of(dataset, rows)}
        return columns | ({"file": names_of(dataset, rows)} if "name" in dataset.features else {})

    return places


def numbers_of(dataset: Dataset, entries: Rows) -> list[int]:
    """The rows of the upload that stored ``entries`` were made from."""
    stored = dataset.features.get("row")
    numbers: list[int] = (entries + 1 if stored is None else stored[entries]).tolist()
    return numbers


def names_of(dataset: Dataset, rows: Rows) -> list[str]:
    """The names of ``rows``, which are files or series."""
    names = Names(dataset.features["name"], np.asarray(dataset.features["name" + OFFSETS]))
    return [names[row] for row in rows.tolist()]
