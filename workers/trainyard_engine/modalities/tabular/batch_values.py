"""Values of one batch of a table: numbers and labels, with facts about each column."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from trainyard_spec.datasets import NumberForm


class Numbers(NamedTuple):
    """Facts about the ``cells`` of one column that are numbers in ``form``, and how many hold nothing.

    ``missing`` counts the ``blank`` cells too, and not the ``unreadable`` ones, which hold something else.
    """

    missing: int
    cells: int
    total: float
    minimum: float
    maximum: float
    form: NumberForm = "number"
    blank: int = 0
    unreadable: int = 0


class Stray(NamedTuple):
    """A cell that is no number in any form; ``row`` counts from 0."""

    text: str
    row: int


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of text. ``codes`` is int32 (rows,), the position of each cell's text in ``texts``, -1 where missing.

    ``texts`` may hold a text twice; it is ``None`` if there are too many or too long ones to be labels. ``forms``
    counts the cells that are spelled as numbers in each form, ``commas`` those that are in two; ``blank`` are not
    missing here. ``are_sets``: each text holds the labels of a list.
    """

    texts: list[str | None] | None
    codes: npt.NDArray[np.int32]
    missing: int
    blank: int
    forms: Counter[NumberForm]
    commas: int
    stray: Stray | None
    are_sets: bool = False


@dataclass(frozen=True, slots=True)
class BatchValues:
    """``numbers`` is float64 (rows, columns named in ``facts``), NaN where missing: columns of nothing but numbers.

    ``names`` are those of all columns, in the table's order. ``unsupported`` says what a column holds, and in which
    row first, counted from 0. ``left_out`` rows stood before its last one.
    """

    rows: int
    names: tuple[str, ...]
    facts: dict[str, Numbers]
    numbers: npt.NDArray[np.float64]
    labels: dict[str, Labels]
    unsupported: dict[str, Stray]
    left_out: int = 0

    def lacks(self, targets: Collection[str]) -> bool:
        """Whether a cell of ``targets`` is empty, or may say that it is."""
        numbers = any(self.facts[name].missing for name in targets if name in self.facts)
        return numbers or any(
            self.labels[name].missing + self.labels[name].blank for name in targets if name in self.labels
        )
