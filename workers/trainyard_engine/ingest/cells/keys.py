"""Columns whose values say what a row belongs to."""

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.cells.key_text import key_of

Codes = npt.NDArray[np.int64]


class Keys:
    """The different texts of a column, numbered in the order in which they were met."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def names(self) -> list[str]:
        return list(self._codes)

    def code(self, text: str) -> int:
        """Its number, a new one if it was not met before."""
        return self._codes.setdefault(text, len(self._codes))

    def codes(self, cells: Cells) -> Codes:
        """The number of each cell's text, int64 (rows,), new ones included; -1 where missing."""
        encoded = cells.text().dictionary_encode()
        known = np.array([*map(self.code, map(key_of, encoded.dictionary.to_pylist())), -1], dtype=np.int64)
        codes: Codes = known[encoded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)]
        return codes
