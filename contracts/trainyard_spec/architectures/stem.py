"""Stems (first layers) of convolutional networks, for small and for large images."""

from typing import Annotated, Literal

from pydantic import Field

SMALL_SIDE = 64
"""``auto`` is small for images whose shorter side has at most this many pixels."""

Stem = Annotated[
    Literal["auto", "small", "large"],
    Field(
        description="Stem. large is the published first stage, for photographs; small keeps the resolution there; "
        f"auto is small where the shorter side of the images is at most {SMALL_SIDE} pixels."
    ),
]


def is_small(stem: Stem, *, height: int, width: int) -> bool:
    """What ``stem`` comes to for images of ``height`` × ``width`` pixels."""
    return stem == "small" or (stem == "auto" and min(height, width) <= SMALL_SIDE)
