"""Series of numbers as networks take them."""

from typing import NamedTuple

from torch import Tensor


class PaddedSteps(NamedTuple):
    """``values`` float32 (batch, steps, channels) and ``mask`` bool (batch, steps), false behind the end of a series.

    What stands in ``values`` behind an end is finite and means nothing.
    """

    values: Tensor
    mask: Tensor
