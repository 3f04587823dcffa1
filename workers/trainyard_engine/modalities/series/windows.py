"""Cuts series into the windows that a forecast learns from, is validated on and is tested on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.faults import refuse
from trainyard_engine.core.split import Rows, Split
from trainyard_spec.data_rules import no_window
from trainyard_spec.datasets import PARTS
from trainyard_spec.series import SeriesConfig
from trainyard_spec.splits import SplitConfig


@dataclass(frozen=True, slots=True)
class WindowIndex:
    """``starts`` int64 (windows,) are the first steps of all windows, ``split`` numbers them.

    ``trained_on`` int64 are the steps of the training part.
    """

    starts: Rows
    split: Split
    trained_on: Rows


def cut_windows(
    offsets: Rows, series: SeriesConfig, split: SplitConfig, *, given: npt.NDArray[np.float64] | None = None
) -> WindowIndex:
    """Splits each series, from ``offsets[i]`` to ``offsets[i + 1]``, by time: its first steps train, the next
    validate, the last test.

    ``given`` holds the place in ``PARTS`` of each step, (steps,), where the data say it. A window belongs to the part
    in which all of its horizon lies. In training its context lies there too; later ones may look back into the part
    before. Raises ``EngineFault`` when a part would have no window.
    """
    lengths = np.diff(offsets)
    trained, validated = _ends(offsets, split, given)
    context, horizon = series.context, series.horizon
    first = np.full_like(trained, context)
    parts = {
        "train": _starts(first, trained - horizon, series.stride),
        "val": _starts(np.maximum(trained, context), validated - horizon, 1),
        "test": _starts(np.maximum(validated, context), lengths - horizon, 1),
    }
    for name, (number, _) in parts.items():
        if len(number) == 0:
            refuse([no_window(name, series, longest=int(lengths.max()), given=given is not None)])
    starts = [offsets[number] + place - context for number, place in parts.values()]
    ends = np.cumsum([len(part) for part in starts])
    train, val, test = np.split(np.arange(ends[-1]), ends[:-1])
    number, place = _starts(np.zeros_like(trained), trained - 1, 1)
    return WindowIndex(
        starts=np.concatenate(starts), split=Split(train=train, val=val, test=test), trained_on=offsets[number] + place
    )


def _ends(offsets: Rows, split: SplitConfig, given: npt.NDArray[np.float64] | None) -> tuple[Rows, Rows]:
    """Ends of what each series trains, and of what it trains or validates, in steps, int64 (series,).

    Where the data give no step to validation, the last of those that train are taken, in the spec's proportion.
    """
    lengths = np.diff(offsets)
    if given is None:
        trained = np.rint(lengths * split.train).astype(np.int64)
        return trained, np.rint(lengths * (split.train + split.val)).astype(np.int64)
    number = np.repeat(np.arange(len(lengths)), lengths)
    trained, validating, _ = (np.bincount(number[given == part], minlength=len(lengths)) for part in range(len(PARTS)))
    if validating.any():
        return trained, trained + validating
    return np.rint(trained * (split.train / (split.train + split.val))).astype(np.int64), trained


def _starts(lowest: Rows, highest: Rows, stride: int) -> tuple[Rows, Rows]:
    """Every ``stride``-th step from ``lowest`` to ``highest`` of each series: its number, and the step within it."""
    counts = np.maximum(0, (highest - lowest) // stride + 1)
    number = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return number, lowest[number] + stride * within
