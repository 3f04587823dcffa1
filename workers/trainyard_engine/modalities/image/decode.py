"""The one rule that turns a picture into numbers, for compiling datasets and for predictions alike.

This module must stay importable without torch.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import AvifImagePlugin, Image, UnidentifiedImageError

from trainyard_engine.core.memory_budget import Room, unlimited
from trainyard_engine.ingest.limits import IMAGE_PIXELS, JPEG_SCANS, SCANNED_PIXELS

KINDS = "PNG, JPEG, BMP, GIF, WebP, TIFF or AVIF"
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "AVIF")
FOREIGN = {
    "HEIC": re.compile(rb".{4}ftyp(hei|hev|mif1|msf1)", re.DOTALL),
    "JPEG 2000": re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    "JPEG XL": re.compile(rb"\0\0\0\x0cJXL |\xff\x0a"),
    "a netpbm picture": re.compile(rb"P[1-7]\s"),
    "SVG": re.compile(rb"\s*<(svg|\?xml)"),
    "PSD": re.compile(rb"8BPS"),
    "PDF": re.compile(rb"%PDF"),
}
"""How pictures of other kinds begin."""
JPEG_MAGIC = b"\xff\xd8\xff"
START_OF_SCAN = b"\xff\xda"
"""Never stands in the middle of a scan, where every 0xFF is followed by a zero."""
USUAL_SCANS = 10
"""Of a progressive JPEG, as encoders write it."""
DECODING_BYTES_PER_PIXEL = 10
"""Pillow keeps a colour in 4; 6 are the coefficients of a progressive JPEG, and fewer a copy in another mode."""
MODES = {1: "L", 3: "RGB"}
"""Pillow's mode of each supported number of channels: grey values, or red, green and blue."""
DEEP = "I;16"
"""How the modes of 16 bits begin, whatever their order of bytes."""
GREY_MODES = frozenset({"1", "L", "LA", "La", DEEP, "I;16L", "I;16B", "I;16N"})
NUMBERS = frozenset({"I", "F"})
"""Modes of 32 bits, which TIFF has: their range is not that of any picture."""
STEPS = 257
"""Of 16 bits in one of 8: 65,535 / 255."""

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings the stored pixels upright, by EXIF's orientation."""
SIDEWAYS = frozenset({5, 6, 7, 8})
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # pictures are decoded side by side already


class UnreadableImage(Exception):
    """The content is no picture of these kinds, or a damaged one; the text says why."""


class TooManyPixels(UnreadableImage):
    """There are more than are read."""


class TooManyScans(UnreadableImage):
    """A JPEG says its pixels over and over."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture says about itself: pixels upright, whether it is stored as grey, and how often it says them."""

    width: int
    height: int
    is_grey: bool
    scans: int = 1

    @property
    def pixels_decoded(self) -> int:
        """How many of them decoding it is worth: a JPEG of many scans is gone over for each."""
        return self.width * self.height * max(1, self.scans // USUAL_SCANS)


def read_picture(content: bytes, *, most_pixels: int = IMAGE_PIXELS) -> Picture:
    """Reads no more than the header. Raises ``UnreadableImage`` unless ``content`` is a picture that can be used."""
    with _opened(content, most_pixels) as image:
        width, height = image.size[:: -1 if _orientation(image) in SIDEWAYS else 1]
        return Picture(width=width, height=height, is_grey=image.mode in GREY_MODES, scans=_scans(content))


def to_pixels(
    content: bytes, *, channels: int, height: int, width: int, room: Room = unlimited
) -> npt.NDArray[np.uint8]:
    """The pixels of a picture as uint8 (channels, height, width), of several frames or pages those of the first.

    It is turned upright as its EXIF data say. Colours become grey, or grey becomes colours, by Pillow's ``convert``
    (ITU-R 601-2 luma); transparency is dropped; 16 bits of grey become 8, rounded. Another size is resized bilinearly
    with antialiasing; the aspect ratio is not kept. ``room`` is asked for the bytes that decoding takes.
    Raises ``KeyError`` unless ``channels`` is 1 or 3, and ``UnreadableImage``.
    """
    mode = MODES[channels]
    with (
        _opened(content, IMAGE_PIXELS) as image,
        room(image.width * image.height * DECODING_BYTES_PER_PIXEL),
        closing(image),  # before the room is given to others
    ):
        pixels = _upright(image, mode, (width, height))
    return np.ascontiguousarray(pixels.reshape(height, width, channels).transpose(2, 0, 1))


def _upright(image: Image.Image, mode: str, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    orientation = _orientation(image)
    upright = _of_8_bits(image) if image.mode.startswith(DEEP) else image
    if upright.mode != mode:
        upright = upright.convert(mode)
    if orientation in TURNS:
        upright = upright.transpose(TURNS[orientation])
    if upright.size != size:
        upright = upright.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(upright, dtype=np.uint8)


def _of_8_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.uint32)
    return Image.fromarray(((values + STEPS // 2) // STEPS).astype(np.uint8))


@contextmanager
def _opened(content: bytes, most_pixels: int) -> Iterator[Image.Image]:
    """Raises ``UnreadableImage``, also for what its user raises on damaged data, and ``MemoryError``."""
    pixels = 0
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            pixels = image.width * image.height
            if pixels > most_pixels:
                raise TooManyPixels(f"it has more than {most_pixels:,} pixels")
            _check_scans(content, pixels=pixels)
            if image.mode in NUMBERS:
                raise UnreadableImage("its pixels are numbers of 32 bits: save it with 8 or 16")
            yield image
    except (MemoryError, UnreadableImage):
        raise
    except Image.DecompressionBombError as error:
        raise TooManyPixels(f"it has more than {most_pixels:,} pixels") from error
    except Exception as error:  # decoders fail on hostile bytes in more ways than Pillow documents
        # libwebp calls data damaged for which it gets no memory: whether there is as much is asked first.
        bytearray(min(pixels, most_pixels) * DECODING_BYTES_PER_PIXEL)
        raise UnreadableImage(_reason(error, content)) from error


def _check_scans(content: bytes, *, pixels: int) -> None:
    scans = _scans(content)
    if scans > JPEG_SCANS or scans * pixels > SCANNED_PIXELS:
        raise TooManyScans(f"it has {scans:,} scans of {pixels:,} pixels")


def _scans(content: bytes) -> int:
    return content.count(START_OF_SCAN) if content.startswith(JPEG_MAGIC) else 1


def _reason(error: Exception, content: bytes) -> str:
    if not isinstance(error, UnidentifiedImageError):
        return str(error)
    known = next((kind for kind, beginning in FOREIGN.items() if beginning.match(content)), None)
    return f"it is {known}: convert it" if known else "its content is no image of these kinds"


def _orientation(image: Image.Image) -> int:
    """EXIF's, 1 where there is none that can be read. Only what stands before the pixels is looked at."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
        return int(exif.get(ORIENTATION, 1))
    except Exception:  # whatever is wrong with it, the pixels are as good as those without EXIF data
        return 1


@contextmanager
def without_warnings() -> Iterator[None]:
    """Pillow warns on standard error about pictures that are refused, or that are fine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
