"""The one rule that turns a picture into numbers, for compiling datasets and for predictions alike.

This module must stay importable without torch.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

MODES = {1: "L", 3: "RGB"}
"""Pillow's mode of each supported number of channels: grey values, or red, green and blue."""


def to_array(image: Image.Image, *, channels: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """The pixels of ``image`` as uint8 (channels, height, width).

    Colours become grey, or grey becomes colours, by Pillow's ``convert`` (ITU-R 601-2 luma); transparency is dropped.
    Another size is resized bilinearly with antialiasing; the aspect ratio is not kept.
    Raises ``KeyError`` unless ``channels`` is 1 or 3, and ``OSError`` when the image's data are damaged.
    """
    converted = image.convert(MODES[channels])
    if converted.size != (width, height):
        converted = converted.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(converted, dtype=np.uint8).reshape(height, width, channels)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
