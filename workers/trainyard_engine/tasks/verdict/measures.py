"""Metrics as functions of sums over examples, and by how much two sums differ beyond chance."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.split import Rows
from trainyard_spec.metrics import METRICS, Metric

Floats = npt.NDArray[np.float64]

BLOCKS = 50
"""Test examples are left out by so many parts in turn: enough for a standard error, and few to keep."""
LEAST_BLOCKS = 8
"""Of fewer nothing is said to be more than chance."""
NORMAL_QUANTILE = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Measure:
    """``value`` makes metrics (…,) of sums (…, parts)."""

    name: str
    value: Callable[[Floats], Floats]

    @property
    def metric(self) -> Metric:
        return METRICS[self.name]


def ratio(sums: Floats) -> Floats:
    """The first of two sums by the second."""
    found: Floats = sums[..., 0] / sums[..., 1]
    return found


def root_of_ratio(sums: Floats) -> Floats:
    """The square root of ``ratio``."""
    return np.sqrt(ratio(sums))


class Tally:
    """Adds up the parts of examples, block by block; ``blocks`` int64 (examples,) says which each belongs to."""

    def __init__(self, blocks: Rows) -> None:
        self._blocks = blocks
        self._next = 0
        self._sums: Floats | None = None

    def add(self, parts: Floats) -> None:
        """The next examples' parts, float64 (examples, parts)."""
        if self._sums is None:
            self._sums = np.zeros((int(self._blocks.max()) + 1, parts.shape[1]))
        begin, self._next = self._next, self._next + len(parts)
        np.add.at(self._sums, self._blocks[begin : self._next], parts)

    @property
    def sums(self) -> Floats:
        """Sums of each block, float64 (blocks, parts)."""
        if self._sums is None:
            raise ValueError("nothing was added up")
        return self._sums


def even_blocks(examples: int, *, dependent: int = 1) -> Rows:
    """A block for each example: neighbours share one, at least ``dependent`` of them, which tell about the same."""
    blocks = max(1, min(BLOCKS, examples // dependent))
    found: Rows = np.arange(examples) * blocks // examples
    return found


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """By how much a metric is better than another: positive is better. ``margin`` is half of its 95 % interval."""

    absolute: float
    margin: float | None

    @property
    def is_clear(self) -> bool:
        """Whether it is more than chance."""
        return self.margin is not None and abs(self.absolute) > self.margin


def difference(measure: Measure, model: Tally, baseline: Tally) -> MetricDifference:
    """How much better ``model`` does than ``baseline`` on the same blocks of examples.

    The standard error is that of the jackknife that leaves out a block at a time (Quenouille, 1956; for neighbours
    that depend on each other: Künsch, 1989), the interval Student's.
    """
    sums, others = model.sums, baseline.sums
    blocks = len(sums)
    absolute = measure.metric.sign * float(measure.value(sums.sum(axis=0)) - measure.value(others.sum(axis=0)))
    if blocks < LEAST_BLOCKS:
        return MetricDifference(absolute, None)
    without = measure.value(sums.sum(axis=0) - sums) - measure.value(others.sum(axis=0) - others)
    error = math.sqrt((blocks - 1) * float(np.var(without)))
    return MetricDifference(absolute, student_quantile(blocks - 1) * error)


def student_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, by its expansion around the normal's (Fisher & Cornish, 1960)."""
    z = NORMAL_QUANTILE
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    expansion: float = sum(term / freedom**power for power, term in enumerate(terms, start=1))
    return z + expansion
