"""Packing: several examples in one row of tokens, by best-fit decreasing (Johnson et al., 1974)."""

from bisect import bisect_left, insort

import numpy as np
import numpy.typing as npt

Lengths = npt.NDArray[np.int64]


def packed(lengths: Lengths, *, capacity: int) -> list[list[int]]:
    """Rows as lists of example numbers, each of at most ``capacity`` tokens together; a function of both alone.

    ``lengths`` int64 (examples,) are at most ``capacity``. A row's examples, and the rows, are in the order of their
    first numbers.
    """
    rows: list[list[int]] = []
    free: list[tuple[int, int]] = []  # (tokens that are left, row), ascending
    for number in np.lexsort((np.arange(len(lengths)), -lengths)).tolist():
        length = int(lengths[number])
        place = bisect_left(free, (length, 0))
        if place == len(free):
            rows.append([number])
            left, row = capacity - length, len(rows) - 1
        else:
            space, row = free.pop(place)
            rows[row].append(number)
            left = space - length
        if left:
            insort(free, (left, row))
    return sorted(sorted(row) for row in rows)
