"""How convolutional networks begin on small and on large images."""

from typing import Annotated, Literal

from pydantic import Field

Stem = Annotated[
    Literal["auto", "small", "large"],
    Field(
        description="large is the published first stage, for photographs; small keeps the resolution there; "
        "auto is small where the shorter side of the images is at most 64 pixels."
    ),
]
