"""Levenshtein distance, of which word and character error rates are made."""

from collections.abc import Hashable, Sequence

import numpy as np


def edit_distance(found: Sequence[Hashable], expected: Sequence[Hashable]) -> int:
    """The fewest insertions, deletions and substitutions that make one of the other (Levenshtein, 1966).

    By Wagner & Fischer (1974), a row at once: what insertions make of a row is a running minimum.
    """
    numbers = {item: number for number, item in enumerate(dict.fromkeys((*found, *expected)))}
    goal = np.array([numbers[item] for item in expected], dtype=np.int64)
    place = np.arange(len(goal) + 1)
    row = place.copy()
    for item in found:
        changed = np.empty_like(row)
        changed[0] = row[0] + 1
        changed[1:] = np.minimum(row[1:] + 1, row[:-1] + (goal != numbers[item]))
        row = np.minimum.accumulate(changed - place) + place
    return int(row[-1])
