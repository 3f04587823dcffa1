"""Digits as strokes of a pen, drawn 28 × 28 pixels small: no two alike, and nobody's handwriting."""

import io
from collections.abc import Iterator
from math import cos, pi, sin

import numpy as np
from PIL import Image, ImageDraw

from trainyard.datasets.samples.archives import numbered, zip_of

SIDE = 28
PER_DIGIT = 100
DRAWN_LARGER = 4
"""Drawn so much larger and then scaled down, which smooths edges."""

Point = tuple[float, float]
Stroke = tuple[Point, ...]


def _arc(x: float, y: float, rx: float, ry: float, begin: float, end: float) -> Stroke:
    """Part of an ellipse, by angles in quarter turns clockwise from the right."""
    return tuple(
        (x + rx * cos(angle * pi / 2), y + ry * sin(angle * pi / 2)) for angle in np.linspace(begin, end, 14).tolist()
    )


STROKES: dict[str, tuple[tuple[Stroke, ...], ...]] = {
    "0": ((_arc(0.5, 0.5, 0.3, 0.42, 0, 4),), (_arc(0.5, 0.5, 0.24, 0.42, 0, 4),)),
    "1": ((((0.5, 0.08), (0.5, 0.92)),), (((0.3, 0.28), (0.52, 0.08), (0.52, 0.92)),)),
    "2": (((*_arc(0.5, 0.32, 0.28, 0.24, -2, 0.5), (0.22, 0.9), (0.8, 0.9)),),),
    "3": (((*_arc(0.46, 0.3, 0.26, 0.22, -2, 1), *_arc(0.46, 0.71, 0.3, 0.21, -1, 2)),),),
    "4": (
        (((0.62, 0.92), (0.62, 0.08), (0.2, 0.62), (0.84, 0.62)),),
        (((0.26, 0.1), (0.24, 0.52), (0.78, 0.52)), ((0.68, 0.1), (0.66, 0.92))),
    ),
    "5": (((((0.76, 0.1)), (0.32, 0.1), (0.28, 0.46), *_arc(0.48, 0.66, 0.28, 0.25, -1.2, 1.9)),),),
    "6": (((*_arc(0.62, 0.5, 0.36, 0.4, -1, -2), *_arc(0.5, 0.68, 0.24, 0.23, -2, 2)),),),
    "7": (
        (((0.22, 0.1), (0.78, 0.1), (0.42, 0.92)),),
        (((0.22, 0.1), (0.78, 0.1), (0.42, 0.92)), ((0.34, 0.5), (0.7, 0.5))),
    ),
    "8": ((_arc(0.5, 0.29, 0.22, 0.2, 0, 4), _arc(0.5, 0.71, 0.27, 0.22, 0, 4)),),
    "9": (((*_arc(0.5, 0.32, 0.24, 0.23, 0, 4), (0.73, 0.5), (0.6, 0.92)),),),
}
"""For each digit the ways to draw it, in a square of side 1."""


def digits() -> bytes:
    """A zip with a folder of PNG images for each digit."""
    draw = np.random.default_rng(1)
    return zip_of(entry for digit in STROKES for entry in numbered(digit, "png", _drawn(digit, draw)))


def _drawn(digit: str, draw: np.random.Generator) -> Iterator[bytes]:
    ways = STROKES[digit]
    for number in range(PER_DIGIT):
        yield _png(ways[number % len(ways)], draw)


def _png(strokes: tuple[Stroke, ...], draw: np.random.Generator) -> bytes:
    """White on black: turned, slanted, stretched and moved a little, with a pen of some width that trembles."""
    side = SIDE * DRAWN_LARGER
    image = Image.new("L", (side, side))
    canvas = ImageDraw.Draw(image)
    turn, slant = draw.normal(0, 0.12), draw.normal(0, 0.12)
    scale = draw.uniform(0.58, 0.8, 2)
    shift = draw.normal(0, 0.035, 2)
    width = int(draw.integers(6, 13))
    for stroke in strokes:
        points = np.asarray(stroke) - 0.5 + draw.normal(0, 0.012, (len(stroke), 2))
        points = points @ np.array([[cos(turn), sin(turn)], [slant - sin(turn), cos(turn)]])
        placed = [tuple(point) for point in (((points * scale) + shift + 0.5) * side).tolist()]
        canvas.line(placed, fill=255, width=width, joint="curve")
        for x, y in placed:
            canvas.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    buffer = io.BytesIO()
    image.resize((SIDE, SIDE), Image.Resampling.BOX).save(buffer, "PNG")
    return buffer.getvalue()
