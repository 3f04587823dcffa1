"""Small plots of series in a terminal, in Braille dots: two by four in a character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Points: TypeAlias = Sequence[tuple[float, float]]
BLANK = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a character, by row and column."""
WIDTH, HEIGHT = 60, 8
MARGIN = 9
"""Characters left of the plot, for its scale."""


def plot(series: Mapping[str, Points], *, width: int = WIDTH, height: int = HEIGHT) -> list[str]:
    """The lines of a plot of ``series``, all on one scale, with the scale on the left and the names below."""
    points = [point for each in series.values() for point in each]
    if not points:
        return []
    columns, rows = max(width - MARGIN, 4) * 2, height * 4
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    cells = [[0] * (columns // 2) for _ in range(height)]
    for x, y in points:
        column = round((x - left) / (right - left or 1) * (columns - 1))
        row = round((high - y) / (high - low or 1) * (rows - 1))
        cells[row // 4][column // 2] |= DOTS[row % 4][column % 2]
    labels = {0: high, height - 1: low} if high > low else {height // 2: low}
    drawn = ["".join(chr(BLANK + cell) for cell in line) for line in cells]
    lines = [f"{_label(labels.get(i)):>{MARGIN - 2}} ┤{line}" for i, line in enumerate(drawn)]
    names = ", ".join(f"{name} {each[-1][1]:.4g}" for name, each in series.items() if each)
    return [*lines, f"{'':>{MARGIN}}{names}, steps {left:,.0f} to {right:,.0f}"]


def _label(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
