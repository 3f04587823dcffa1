"""Known categories in the place of unknown ones.

A network has learnt nothing of a category that training never met. What it can tell of such a row is its mean answer
over the categories that might stand there, as often as they did in training: the partial dependence (Friedman,
"Greedy Function Approximation", 2001, section 8.2) on what is known. No weight that is still random has a say.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.coverage import MISSING
from trainyard_engine.core.rng import permutation

DRAWS = 32
"""Rows that are asked for one with unknown categories: a category's share is met to within 1 / 32."""


class Substitutes:
    """``counts`` of each column are those of ``Coverage``: of every category, and last of rows without one."""

    def __init__(self, counts: Sequence[Sequence[int]], device: torch.device) -> None:
        *offsets, _ = accumulate((len(column) for column in counts), initial=0)
        self._last = torch.tensor([len(column) - 1 for column in counts], dtype=torch.int64, device=device)
        self._offsets = torch.tensor(offsets, dtype=torch.int64, device=device)
        self._is_known = torch.tensor([count > 0 for column in counts for count in column], device=device)
        drawn = [_drawn(column, place) for place, column in enumerate(counts)]
        self._drawn = torch.tensor(drawn, dtype=torch.int32, device=device).reshape(len(counts), DRAWS)

    def unknown(self, codes: Tensor) -> Tensor:
        """Where int32 ``codes`` (rows, columns) are what training never met, bool (rows, columns)."""
        slots = torch.where(codes == MISSING, self._last, codes.long().clamp(min=0)) + self._offsets
        return ~self._is_known[slots] | (codes < MISSING)

    def filled(self, codes: Tensor, unknown: Tensor) -> Iterator[Tensor]:
        """``codes`` with others where they are ``unknown``, ``DRAWS`` times."""
        for drawn in self._drawn.unbind(dim=1):
            yield torch.where(unknown, drawn, codes)


def _drawn(counts: Sequence[int], place: int) -> list[int]:
    """Codes, evenly spread over the rows that ``counts`` counts, in an order that belongs to the column's ``place``.

    Each column has its own order, so that two of them are drawn independently: a Latin hypercube (McKay, Beckman &
    Conover, 1979).
    """
    ends = np.cumsum(counts)
    levels = (permutation(DRAWS, "substitutes", place) + 0.5) / DRAWS
    codes = np.searchsorted(ends, levels * ends[-1], side="right")
    return [MISSING if code == len(counts) - 1 else code for code in codes.tolist()]
