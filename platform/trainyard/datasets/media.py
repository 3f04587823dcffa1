"""Stored images and recordings as files that a browser shows and plays, in base64."""

import base64
import io
import wave
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from trainyard_common.untrusted import Untrustworthy

LARGEST_SIDE = 96
LARGEST_IMAGE_BYTES = 16 * 2**20
LONGEST_SECONDS = 3


def png_of(pixels: npt.NDArray[Any]) -> str:
    """``pixels`` is uint8 (channels, height, width). The picture's longer side is at most ``LARGEST_SIDE``.

    Raises ``Untrustworthy`` for more pixels than any compilation writes.
    """
    if pixels.nbytes > LARGEST_IMAGE_BYTES:
        raise Untrustworthy(f"An image has {pixels.nbytes} bytes, more than any compilation writes.")
    array = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    image = Image.fromarray(np.ascontiguousarray(array))
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def wav_of(samples: npt.NDArray[Any], *, sample_rate: int) -> str:
    """The first ``LONGEST_SECONDS`` of ``samples``, int16 (samples,)."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.asarray(samples[: LONGEST_SECONDS * sample_rate]).astype("<i2").tobytes())
    return base64.b64encode(buffer.getvalue()).decode()
