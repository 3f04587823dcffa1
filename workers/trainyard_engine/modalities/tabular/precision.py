"""Numbers that differ and become one in training: a float32 keeps seven digits of what remains after centring."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.problems import ProblemLog, WarningCode
from trainyard_spec.datasets import NumericColumn

SAMPLED_CELLS = 1 << 17
LARGEST_LOSS = 0.1
"""Of the different values, the share that may become like others without a word."""


@dataclass
class MergeCheck:
    """Looks at the first rows of the columns of numbers, as many as a bounded memory holds."""

    columns: Sequence[NumericColumn]
    _kept: list[npt.NDArray[np.float64]] = field(default_factory=list)
    _rows: int = 0

    def add(self, numbers: npt.NDArray[np.float64]) -> None:
        """Takes in the next rows, float64 (rows, columns)."""
        most = SAMPLED_CELLS // max(1, len(self.columns))
        if self._rows < most:
            self._kept.append(numbers[: most - self._rows].copy())
            self._rows += len(self._kept[-1])

    def note(self, log: ProblemLog) -> None:
        """Adds a warning for each column of which many different values become one."""
        for place, column in enumerate(self.columns):
            values = np.concatenate([rows[:, place] for rows in self._kept]) if self._kept else np.empty(0)
            before = np.unique(values[~np.isnan(values)])
            after = len(np.unique(np.float32(before - (column.mean or 0.0))))
            if after < (1 - LARGEST_LOSS) * len(before):
                message = (
                    f"Of {len(before):,} different values in column {column.name!r}, training sees {after:,}: next to"
                    " values so far away the others differ by too little. Leave outliers out, or take logarithms."
                )
                log.note(WarningCode.MERGED_VALUES, message, column=column.name)
